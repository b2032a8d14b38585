//! Ids of events, logs and ticks. One that we make up tells where its record is: the time and the
//! order number in the record's key, and the scope (a run, an automation) that the key begins with.
//! So it needs no row to be found by. An id of the caller's own gets one.

use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    pub time: i64,
    pub order: i64,
    pub scope: &'a str,
}

/// Short, and never the same for two stores: what one store made up means nothing in another.
pub fn new_store_id() -> String {
    Uuid::new_v4().simple().to_string()[..12].to_owned()
}

pub fn made_up(store_id: &str, time: i64, order: i64, scope: &str) -> String {
    format!("{store_id}.{time}.{order}.{scope}")
}

/// Where the record with this id is, if this store made the id up.
pub fn place<'a>(store_id: &str, id: &'a str) -> Option<Place<'a>> {
    let rest = id.strip_prefix(store_id)?.strip_prefix('.')?;
    let (time, rest) = rest.split_once('.')?;
    let (order, scope) = rest.split_once('.')?;
    let place = Place { time: time.parse().ok()?, order: order.parse().ok()?, scope };
    (made_up(store_id, place.time, place.order, scope) == id).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_place_whatever_the_scope() {
        for scope in ["run", "", "a.b.c", "…"] {
            let id = made_up("store", -5, 7, scope);
            assert_eq!(place("store", &id), Some(Place { time: -5, order: 7, scope }));
        }
    }

    #[test]
    fn an_id_of_another_store_or_of_the_caller_has_no_place() {
        for id in ["other.1.2.run", "store.1.2", "store.1.+2.run", "store.x.2.run", "", "storage.1.2.r"] {
            assert_eq!(place("store", id), None, "{id}");
        }
    }
}
