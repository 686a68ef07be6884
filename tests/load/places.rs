//! Which servers carry what, where several share their store.

use std::net::SocketAddr;

/// Where calls are made, and where players have their sockets: at each of these servers in turn.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    calls: Vec<SocketAddr>,
    sockets: Vec<SocketAddr>,
}

impl From<SocketAddr> for Places {
    fn from(address: SocketAddr) -> Self {
        Self { calls: vec![address], sockets: vec![address] }
    }
}

impl Places {
    /// All of them take part in everything.
    pub(crate) fn by_turns(servers: &[SocketAddr]) -> Self {
        Self { calls: servers.to_vec(), sockets: servers.to_vec() }
    }

    /// The first is asked, and the players have their sockets at the others, if there are others.
    pub(crate) fn apart(servers: &[SocketAddr]) -> Self {
        let (first, others) = servers.split_at(1);
        Self { calls: first.to_vec(), sockets: if others.is_empty() { first } else { others }.to_vec() }
    }

    /// Those that are asked.
    pub(crate) fn asked(&self) -> &[SocketAddr] {
        &self.calls
    }

    /// Those that have sockets.
    pub(crate) fn connected(&self) -> &[SocketAddr] {
        &self.sockets
    }

    pub(crate) fn of_lane(&self, lane: usize) -> SocketAddr {
        self.calls[lane % self.calls.len()]
    }

    pub(crate) fn of_socket(&self, socket: usize) -> SocketAddr {
        self.sockets[socket % self.sockets.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn players_who_are_apart_have_no_socket_where_they_ask() {
        let servers: Vec<SocketAddr> = (1..=2).map(|port| ([127, 0, 0, 1], port).into()).collect();
        let (turns, apart) = (Places::by_turns(&servers), Places::apart(&servers));
        for number in 0..4 {
            assert_eq!([turns.of_lane(number), turns.of_socket(number)], [servers[number % 2]; 2]);
            assert_eq!([apart.of_lane(number), apart.of_socket(number)], [servers[0], servers[1]]);
        }
        assert_eq!((apart.asked(), apart.connected()), (&servers[..1], &servers[1..]));
        let alone = Places::apart(&servers[..1]);
        assert_eq!((alone.of_lane(1), alone.of_socket(1), alone.asked().len()), (servers[0], servers[0], 1));
    }
}
