//! Runs an operation of the storage as one transaction on records.

use crate::error::{Error, Result};
use crate::records::{Answer, BoxFuture, Records, Step, Tx};

/// How an operation decides: it takes the request, reads, leaves its writes in the transaction, and answers. It has no
/// state of its own, so it can be run again.
pub type Decide<R, A> = for<'t> fn(&'t mut Tx<'_>, &'t R) -> BoxFuture<'t, Result<A>>;

struct Operation<R, A> {
    request: R,
    decide: Decide<R, A>,
}

impl<R: Send + Sync, A: Send + 'static> Step for Operation<R, A> {
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Answer>> {
        Box::pin(async move { Ok(Box::new((self.decide)(tx, &self.request).await?) as Answer) })
    }
}

/// Runs the operation as one transaction, and returns its answer in its own type.
pub async fn transact<R, A>(records: &dyn Records, request: R, decide: Decide<R, A>) -> Result<A>
where
    R: Send + Sync + 'static,
    A: Send + 'static,
{
    let answer = records.transact(Box::new(Operation { request, decide })).await?;
    let unexpected = |_| {
        let expected = std::any::type_name::<A>();
        Error::internal(format!("a transaction returned an unexpected type: expected {expected}"))
    };
    answer.downcast::<A>().map(|answer| *answer).map_err(unexpected)
}
