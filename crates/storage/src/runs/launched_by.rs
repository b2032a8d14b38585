//! Who or what launched a run.

use super::names::named;
use crate::error::{Error, Result};
use crate::records::Row;

named!(LaunchKind {
    Manual = "manual",
    Schedule = "schedule",
    Sensor = "sensor",
    Backfill = "backfill",
    Condition = "condition",
});

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchedBy {
    pub kind: LaunchKind,
    /// Of the schedule or sensor.
    pub name: Option<String>,
    pub backfill_id: Option<String>,
    /// Who launched it by hand, where known.
    pub user: Option<UserRef>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRef {
    pub subject: String,
    pub email: Option<String>,
    pub name: Option<String>,
}

impl LaunchedBy {
    /// By hand, by nobody known.
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
