//! The requests that the elected process runs for others: all that change pools, or what claims rest on.

use crate::error::{Error, Result};
use crate::operation::{CalledStep, Portable, called};
use crate::pools::{
    ClaimRequest, DeletePoolRequest, LeaveRequest, ReleaseRequest, ReleaseRunRequest, RemoveSilentRequest,
    RenewRequest, SetLimitRequest, SweepRequest,
};
use crate::records::Row;
use crate::runs::{CancelQueuedRequest, CancellationRequest, DeleteRunRequest, SetOutcomeRequest};

/// The step of a [`Call`](crate::records::Call) that came from another process.
pub fn step_of(name: &str, request: Row) -> Result<Box<dyn CalledStep>> {
    match name {
        ClaimRequest::NAME => called::<ClaimRequest>(request),
        RenewRequest::NAME => called::<RenewRequest>(request),
        ReleaseRequest::NAME => called::<ReleaseRequest>(request),
        ReleaseRunRequest::NAME => called::<ReleaseRunRequest>(request),
        LeaveRequest::NAME => called::<LeaveRequest>(request),
        SweepRequest::NAME => called::<SweepRequest>(request),
        RemoveSilentRequest::NAME => called::<RemoveSilentRequest>(request),
        SetLimitRequest::NAME => called::<SetLimitRequest>(request),
        DeletePoolRequest::NAME => called::<DeletePoolRequest>(request),
        CancelQueuedRequest::NAME => called::<CancelQueuedRequest>(request),
        CancellationRequest::NAME => called::<CancellationRequest>(request),
        DeleteRunRequest::NAME => called::<DeleteRunRequest>(request),
        SetOutcomeRequest::NAME => called::<SetOutcomeRequest>(request),
        _ => Err(Error::internal(format!("another process asks for '{name}', which this version does not know"))),
    }
}
