//! Calls with the token of a grant that has ended.

use super::client::Client;

pub async fn act(client: &Client) {
    let Client { process, store, .. } = client;
    let old = {
        let observed = process.observer.lock();
        let grants = &observed.history.grants;
        let recent = &grants[grants.len().saturating_sub(12)..];
        let ended: Vec<_> =
            recent.iter().filter(|(step, token)| observed.history.has_ended(step, *token)).cloned().collect();
        if ended.is_empty() {
            return;
        }
        process.random.pick(&ended).clone()
    };
    let (step, token) = old;
    process.observer.count("acts of stale selves");
    match process.random.between(1..=3) {
        1 => process.renew(store, &step, None, Some(token)).await,
        2 => process.free(store, &step, Some(token)).await,
        _ => process.store_event(store, &step, token).await,
    }
}
