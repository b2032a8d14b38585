//! Those who do not know that they are over: they act by a grant that is dead.

use super::claimer::Claimer;

pub async fn troubles(claimer: &Claimer) {
    let Claimer { life, store, .. } = claimer;
    let old = {
        let inside = life.witness.inside();
        let grants = &inside.history.grants;
        let recent = &grants[grants.len().saturating_sub(12)..];
        let dead: Vec<_> =
            recent.iter().filter(|(step, token)| inside.history.is_dead(step, *token)).cloned().collect();
        if dead.is_empty() {
            return;
        }
        life.dice.pick(&dead).clone()
    };
    let (step, token) = old;
    life.witness.count("acts of former selves");
    match life.dice.between(1..=3) {
        1 => life.renew(store, &step, None, Some(token)).await,
        2 => life.free(store, &step, Some(token)).await,
        _ => life.tell(store, &step, token).await,
    }
}
