//! The queue policy when sockets come and go while a crowd waits.

use divan::Bencher;
use matchmaker::domain::{ConnectOutcome, Decided, FindOutcome, PlayerId, SocketId};

use crate::{
    crowd::{Crowd, Queue, all, on_own_keys, player},
    steps::measure,
};

/// Somebody idle is connected.
#[divan::bench(args = on_own_keys(), sample_size = 32)]
fn connect_idle(bencher: Bencher, crowd: Crowd) {
    measure(
        bencher,
        crowd.gather(),
        |queue| (queue.newcomer(), SocketId(queue.id())),
        |queue, (newcomer, socket)| connect(queue, newcomer, *socket),
        |queue, (newcomer, socket), _| queue.disconnect(newcomer, *socket),
    );
}

/// Somebody who waits is connected.
#[divan::bench(args = on_own_keys(), sample_size = 32)]
fn connect_waiting(bencher: Bencher, crowd: Crowd) {
    measure(
        bencher,
        crowd.gather(),
        |queue| (player(queue.anybody()), SocketId(queue.id())),
        |queue, (member, socket)| connect(queue, member, *socket),
        |queue, (member, socket), _| queue.disconnect(member, *socket),
    );
}

/// The socket of somebody who waits closes: his grace begins.
#[divan::bench(args = on_own_keys(), sample_size = 32)]
fn disconnect_waiting(bencher: Bencher, crowd: Crowd) {
    measure(
        bencher,
        crowd.gather(),
        |queue| {
            let member = player(queue.anybody());
            let socket = queue.connect(&member);
            (member, socket)
        },
        |queue, (member, socket)| queue.disconnect(member, *socket),
        |queue, (member, _), ()| {
            let now = queue.now();
            assert_eq!(queue.policy.look(now, member).ended, []);
        },
    );
}

/// Where only the connected are paired, and a crowd waits under one key that is not: somebody of it returns, and is paired
/// with another who did.
#[divan::bench(args = all().into_iter().filter(|crowd| crowd.settings().pair_only_connected), sample_size = 1)]
fn return_and_be_paired(bencher: Bencher, crowd: Crowd) {
    measure(
        bencher,
        crowd.gather(),
        |queue| {
            let first = queue.anybody();
            let socket = queue.connect(&player(first));
            let second = queue.anybody();
            ([first, second], player(second), [socket, SocketId(queue.id())])
        },
        |queue, (_, second, [_, socket])| connect(queue, second, *socket),
        |queue, (members, _, sockets), connected| {
            let ConnectOutcome::Paired { match_, .. } = &connected.outcome else { panic!("{connected:?}") };
            assert!(queue.policy.release(match_));
            for (member, socket) in std::iter::zip(members, sockets) {
                queue.disconnect(&player(*member), *socket);
                queue.rejoin(*member);
            }
        },
    );
}

/// Where only the connected are paired, and a crowd waits under one key that is not: of two who are, the second asks.
#[divan::bench(args = all().into_iter().filter(|crowd| crowd.settings().pair_only_connected), sample_size = 1)]
fn be_paired_past_a_crowd(bencher: Bencher, crowd: Crowd) {
    measure(
        bencher,
        crowd.gather(),
        |queue| {
            let players = [queue.newcomer(), queue.newcomer()];
            let sockets = [queue.connect(&players[0]), queue.connect(&players[1])];
            queue.find(&players[0], &crowd.key(0));
            (players, sockets, crowd.key(0))
        },
        |queue, ([_, second], _, key)| queue.find(second, key),
        |queue, (players, sockets, _), found| {
            let FindOutcome::Paired(match_) = &found.outcome else { panic!("{found:?}") };
            assert!(queue.policy.release(match_));
            for (player, socket) in std::iter::zip(players, sockets) {
                queue.disconnect(player, *socket);
            }
        },
    );
}

fn connect(queue: &mut Queue, player: &PlayerId, socket: SocketId) -> Decided<ConnectOutcome> {
    let (now, id) = (queue.now(), queue.match_id());
    queue.policy.connect(now, player, socket, id)
}
