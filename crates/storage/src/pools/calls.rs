//! The requests on pools that the elected process runs for others.

use super::claims::ClaimRequest;
use super::leases::{LeaveRequest, ReleaseRequest, ReleaseRunRequest, RenewRequest};
use crate::error::{Error, Result};
use crate::operation::{CalledStep, Portable, called};
use crate::records::Row;

/// The step of a [`Call`](crate::records::Call) that came from another process.
pub fn step_of(name: &str, request: Row) -> Result<Box<dyn CalledStep>> {
    match name {
        ClaimRequest::NAME => called::<ClaimRequest>(request),
        RenewRequest::NAME => called::<RenewRequest>(request),
        ReleaseRequest::NAME => called::<ReleaseRequest>(request),
        ReleaseRunRequest::NAME => called::<ReleaseRunRequest>(request),
        LeaveRequest::NAME => called::<LeaveRequest>(request),
        _ => Err(Error::internal(format!("another process asks for '{name}', which this version does not know"))),
    }
}
