//! What launched a run.

use super::names::named;
use crate::error::{Error, Result};
use crate::records::Row;

named!(
    /// What kind of thing launched a run.
    LaunchKind {
        /// A user.
        Manual = "manual",
        /// A schedule.
        Schedule = "schedule",
        /// A sensor.
        Sensor = "sensor",
        /// A backfill.
        Backfill = "backfill",
        /// A condition on an asset.
        Condition = "condition",
    }
);

/// What launched a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchedBy {
    /// What kind of thing launched it.
    pub kind: LaunchKind,
    /// The name of the schedule or sensor.
    pub name: Option<String>,
    /// The id of the backfill.
    pub backfill_id: Option<String>,
    /// The user of a manual run, if known.
    pub user: Option<UserRef>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRef {
    /// Identifies the user, as the sign-in does.
    pub subject: String,
    /// The user's e-mail address, if known.
    pub email: Option<String>,
    /// The user's name, for people, if known.
    pub name: Option<String>,
}

impl LaunchedBy {
    /// A manual run, without a user.
    pub const MANUAL: Self = Self { kind: LaunchKind::Manual, name: None, backfill_id: None, user: None };

    pub(super) fn write(&self, row: Row) -> Row {
        let row = row
            .with("launch_kind", self.kind.as_str())
            .with("launch_name", self.name.clone())
            .with("backfill_id", self.backfill_id.clone());
        match &self.user {
            None => row,
            Some(user) => row
                .with("user", user.subject.as_str())
                .with("user_email", user.email.clone())
                .with("user_name", user.name.clone()),
        }
    }

    pub(super) fn take(row: &mut Row) -> Result<Self> {
        let kind: String = row.take("launch_kind")?;
        let subject: Option<String> = row.take("user")?;
        let (email, name) = (row.take("user_email")?, row.take("user_name")?);
        Ok(Self {
            kind: LaunchKind::parse(&kind).ok_or_else(|| Error::corrupt(format!("a run launched by '{kind}'")))?,
            name: row.take("launch_name")?,
            backfill_id: row.take("backfill_id")?,
            user: subject.map(|subject| UserRef { subject, email, name }),
        })
    }
}
