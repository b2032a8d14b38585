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

/// What goes from process to process, as a row.
pub trait Message: Send + Sync + Sized + 'static {
    /// This as a row.
    fn to_row(&self) -> Row;
    /// What the row holds.
    fn from_row(row: Row) -> Result<Self>;
}

/// A request that another process may decide.
pub trait Portable: Message {
    /// Names the kind of request.
    const NAME: &'static str;
    /// See [`Step::is_urgent`].
    const IS_URGENT: bool = false;
    /// What it is answered with.
    type Answer: Message;

    /// In milliseconds since the Unix epoch: after this its caller has given up, if it has a limit of its own.
    fn until(&self) -> Option<i64> {
        None
    }

    /// See [`Decide`].
    fn decide<'t>(tx: &'t mut Tx<'_>, request: &'t Self) -> BoxFuture<'t, Result<Self::Answer>>;
}

struct PortableOperation<R>(R);

impl<R: Portable> Step for PortableOperation<R> {
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Answer>> {
        Box::pin(async move { Ok(Box::new(R::decide(tx, &self.0).await?) as Answer) })
    }

    fn is_urgent(&self) -> bool {
        R::IS_URGENT
    }

    fn call(&self) -> Option<Call> {
        Some(Call { name: R::NAME, request: self.0.to_row(), until: self.0.until() })
    }

    fn answer_from(&self, row: Row) -> Result<Answer> {
        Ok(Box::new(R::Answer::from_row(row)?))
    }
}

/// The request as a step of this process.
pub fn step<R: Portable>(request: R) -> Box<dyn Step> {
    Box::new(PortableOperation(request))
}

/// Runs the request as one transaction, here or in the process that decides for all.
pub async fn transact_portable<R: Portable>(records: &dyn Records, request: R) -> Result<R::Answer> {
    answer_of(records.transact(step(request)).await?)
}

/// A request of another process. Its answer is a row.
pub trait CalledStep: Send + Sync {
    /// See [`Step::run`].
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Row>>;

    /// See [`Step::is_urgent`].
    fn is_urgent(&self) -> bool;
}

impl<R: Portable> CalledStep for PortableOperation<R> {
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Row>> {
        Box::pin(async move { Ok(R::decide(tx, &self.0).await?.to_row()) })
    }

    fn is_urgent(&self) -> bool {
        R::IS_URGENT
    }
}

/// The request in the row, to be run for another process.
pub fn called<R: Portable>(row: Row) -> Result<Box<dyn CalledStep>> {
    Ok(Box::new(PortableOperation(R::from_row(row)?)))
}

impl Message for () {
    fn to_row(&self) -> Row {
        Row::new()
    }

    fn from_row(_: Row) -> Result<Self> {
        Ok(())
    }
}

impl Message for bool {
    fn to_row(&self) -> Row {
        Row::new().with("is", *self)
    }

    fn from_row(mut row: Row) -> Result<Self> {
        row.take("is")
    }
}

impl Message for usize {
    fn to_row(&self) -> Row {
        Row::new().with("count", i64::try_from(*self).unwrap_or(i64::MAX))
    }

    fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self::try_from(row.take::<i64>("count")?).unwrap_or_default())
    }
}

impl<T: Message> Message for Option<T> {
    fn to_row(&self) -> Row {
        self.as_ref().map_or_else(Row::new, T::to_row)
    }

    fn from_row(row: Row) -> Result<Self> {
        if row.fields().is_empty() { Ok(None) } else { T::from_row(row).map(Some) }
    }
}
