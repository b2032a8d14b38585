//! Ids of events, logs and ticks. A generated id holds the parts of its record's key: the time, the order number, and
//! the scope that the key begins with (a run, an automation). So it needs no row that finds its record. An id that the
//! caller gave has such a row.

use uuid::Uuid;

/// What a generated id says about the key of its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdParts<'a> {
    pub time: i64,
    pub order: i64,
    pub scope: &'a str,
}

/// Short, and different for each store, so that an id of one store is not parsed as an id of another.
pub fn new_store_id() -> String {
    Uuid::new_v4().simple().to_string()[..12].to_owned()
}

/// The id of a record at this time and order number.
pub fn generated(store_id: &str, time: i64, order: i64, scope: &str) -> String {
    format!("{store_id}.{time}.{order}.{scope}")
}

/// The parts of the id, if this store generated it.
pub fn parse<'a>(store_id: &str, id: &'a str) -> Option<IdParts<'a>> {
    let rest = id.strip_prefix(store_id)?.strip_prefix('.')?;
    let (time, rest) = rest.split_once('.')?;
    let (order, scope) = rest.split_once('.')?;
    let parts = IdParts { time: time.parse().ok()?, order: order.parse().ok()?, scope };
    (generated(store_id, parts.time, parts.order, scope) == id).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_place_whatever_the_scope() {
        for scope in ["run", "", "a.b.c", "…"] {
            let id = generated("store", -5, 7, scope);
            assert_eq!(parse("store", &id), Some(IdParts { time: -5, order: 7, scope }));
        }
    }

    #[test]
    fn an_id_of_another_store_or_of_the_caller_has_no_place() {
        for id in ["other.1.2.run", "store.1.2", "store.1.+2.run", "store.x.2.run", "", "storage.1.2.r"] {
            assert_eq!(parse("store", id), None, "{id}");
        }
    }
}
