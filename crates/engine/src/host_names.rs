//! Addresses of the hosts that rules name (`fd.sip.name` and its like). They are looked up on a thread of its own, again and
//! again: an event is only compared with what is known.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, ToSocketAddrs as _};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use windhover_fields::HostNames;

/// How often names are looked up: their addresses change.
const REFRESH: Duration = Duration::from_secs(30);

/// The addresses of some hosts, as far as they are known.
#[derive(Debug)]
pub(crate) struct HostNameTable {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    names: Vec<String>,
    /// Whose an address is, by the name's position; that of the first one where several have it.
    found: RwLock<HashMap<IpAddr, usize>>,
    is_over: Mutex<bool>,
    over: Condvar,
}

impl HostNameTable {
    /// Begins to look names up; until they are, what the table before has found of them counts. Without any, or without a thread
    /// for it, there is no table.
    pub(crate) fn start(names: BTreeSet<String>, before: Option<&Self>) -> Option<Self> {
        if names.is_empty() {
            return None;
        }
        let names: Vec<String> = names.into_iter().collect();
        let found = before.map_or_else(HashMap::new, |before| before.shared.found_of(&names));
        let shared =
            Arc::new(Shared { names, found: RwLock::new(found), is_over: Mutex::default(), over: Condvar::new() });
        let table = Self { shared: Arc::clone(&shared) };
        // A resolver may take long; whoever drops the table does not wait for it.
        thread::Builder::new().name("host-names".to_owned()).spawn(move || shared.keep()).ok().map(|_| table)
    }
}

impl Shared {
    /// What has been found of names that another table has, sorted as they are here.
    fn found_of(&self, names: &[String]) -> HashMap<IpAddr, usize> {
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        let position = |of: &usize| names.binary_search(&self.names[*of]).ok();
        found.iter().filter_map(|(address, of)| Some((*address, position(of)?))).collect()
    }

    fn keep(&self) {
        loop {
            for (position, name) in self.names.iter().enumerate() {
                // Where a resolver fails, what it said last stays.
                let Ok(addresses) = (name.as_str(), 0).to_socket_addrs() else { continue };
                let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
                found.retain(|_, of| *of != position);
                for address in addresses {
                    found.entry(address.ip()).or_insert(position);
                }
            }
            let is_over = self.is_over.lock().unwrap_or_else(PoisonError::into_inner);
            let waited = self.over.wait_timeout_while(is_over, REFRESH, |is_over| !*is_over);
            if *waited.unwrap_or_else(PoisonError::into_inner).0 {
                return;
            }
        }
    }
}

impl HostNames for HostNameTable {
    fn name_of(&self, address: IpAddr) -> Option<&str> {
        let position = self.shared.found.read().unwrap_or_else(PoisonError::into_inner).get(&address).copied()?;
        self.shared.names.get(position).map(String::as_str)
    }
}

impl Drop for HostNameTable {
    fn drop(&mut self) {
        *self.shared.is_over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.over.notify_all();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::net::Ipv4Addr;
    use std::time::Instant;

    use super::*;

    #[test]
    fn addresses_of_known_hosts_are_told_and_others_are_not() {
        let names = ["localhost", "no-such-host.invalid"].map(str::to_owned).into();
        let table = HostNameTable::start(names, None).unwrap();
        let begun = Instant::now();
        while table.name_of(Ipv4Addr::LOCALHOST.into()).is_none() && begun.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(table.name_of(Ipv4Addr::LOCALHOST.into()), Some("localhost"));
        assert_eq!(table.name_of(Ipv4Addr::new(192, 0, 2, 1).into()), None);
        assert!(HostNameTable::start(BTreeSet::new(), Some(&table)).is_none());
        // What was known stays known while names are looked up anew; of others nothing does.
        let names = ["a.invalid", "localhost"].map(str::to_owned);
        assert_eq!(table.shared.found_of(&names).get(&Ipv4Addr::LOCALHOST.into()), Some(&1));
        assert!(table.shared.found_of(&names[..1]).is_empty());
    }
}
