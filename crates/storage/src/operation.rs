//! Runs an operation of the storage as one transaction on records.

use crate::error::{Error, Result};
use crate::records::{Answer, BoxFuture, Call, Records, Row, Step, Tx};

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
    answer_of(records.transact(Box::new(Operation { request, decide })).await?)
}

fn answer_of<A: 'static>(answer: Answer) -> Result<A> {
    let unexpected = |_| {
        let expected = std::any::type_name::<A>();
        Error::internal(format!("a transaction returned an unexpected type: expected {expected}"))
    };
    answer.downcast::<A>().map(|answer| *answer).map_err(unexpected)
}

/// A request that another process may decide. It and its answer are rows on the way.
pub trait Portable: Send + Sync + Sized + 'static {
    /// Names the kind of request.
    const NAME: &'static str;
    /// What it is answered with.
    type Answer: Send + 'static;

    /// See [`Decide`].
    fn decide<'t>(tx: &'t mut Tx<'_>, request: &'t Self) -> BoxFuture<'t, Result<Self::Answer>>;

    /// The request as a row.
    fn to_row(&self) -> Row;
    /// The request in the row.
    fn from_row(row: Row) -> Result<Self>;
    /// The answer as a row.
    fn answer_to_row(answer: Self::Answer) -> Row;
    /// The answer in the row.
    fn answer_from_row(row: Row) -> Result<Self::Answer>;
}

struct PortableOperation<R>(R);

impl<R: Portable> Step for PortableOperation<R> {
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Answer>> {
        Box::pin(async move { Ok(Box::new(R::decide(tx, &self.0).await?) as Answer) })
    }

    fn call(&self) -> Option<Call> {
        Some(Call { name: R::NAME, request: self.0.to_row() })
    }

    fn answer_from(&self, row: Row) -> Result<Answer> {
        Ok(Box::new(R::answer_from_row(row)?))
    }
}

/// Runs the request as one transaction, here or in the process that decides for all.
pub async fn transact_portable<R: Portable>(records: &dyn Records, request: R) -> Result<R::Answer> {
    answer_of(records.transact(Box::new(PortableOperation(request))).await?)
}

/// A request of another process. Its answer is a row.
pub trait CalledStep: Send + Sync {
    /// See [`Step::run`].
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Row>>;
}

impl<R: Portable> CalledStep for PortableOperation<R> {
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Row>> {
        Box::pin(async move { Ok(R::answer_to_row(R::decide(tx, &self.0).await?)) })
    }
}

/// The request in the row, to be run for another process.
pub fn called<R: Portable>(row: Row) -> Result<Box<dyn CalledStep>> {
    Ok(Box::new(PortableOperation(R::from_row(row)?)))
}
