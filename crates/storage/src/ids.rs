//! Ids of events, logs and ticks. One that we make up tells where its record is: the time and the
//! order number in the record's key, and the scope (a run, an automation) that the key begins with.
//! So it needs no row to be found by. An id of the caller's own gets one.

use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdParts<'a> {
    pub time: i64,
    pub order: i64,
    pub scope: &'a str,
}

/// Short, and never the same for two stores: what one store made up means nothing in another.
pub fn new_store_id() -> String {
    Uuid::new_v4().simple().to_string()[..12].to_owned()
}

pub fn generated(store_id: &str, time: i64, order: i64, scope: &str) -> String {
    format!("{store_id}.{time}.{order}.{scope}")
}

/// Where the record with this id is, if this store made the id up.
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
