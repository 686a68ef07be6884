//! What two nodes say of one player reaches Redis in any order.

use std::time::{Duration, Instant};

use crate::{
    PATIENCE,
    checker::{Telling, check},
    cluster::{Cluster, Setup},
    http::Key,
    proxy::{Harm, Proxy},
    socket::{End, Socket},
};

fn proxied() -> Setup {
    Setup { nodes: 3, proxied: true, flags: &["--disconnect-grace=1s"], ..Setup::default() }
}

/// Waits until something is held up.
async fn holds(proxy: &Proxy) -> bool {
    let begun = Instant::now();
    while !proxy.is_holding() {
        if begun.elapsed() > Duration::from_secs(2) {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    true
}

/// Of two sockets one lives; gives it, and which it is, once the other was replaced.
async fn survivor(one: Socket, other: Socket) -> (Socket, usize) {
    let begun = Instant::now();
    loop {
        match (one.said().end, other.said().end) {
            (None, None) => assert!(begun.elapsed() < PATIENCE, "both live: {:?} {:?}", one.said(), other.said()),
            (Some(end), None) => {
                assert_eq!(end, End::Closed(4001));
                return (other, 1);
            }
            (None, Some(end)) => {
                assert_eq!(end, End::Closed(4001));
                return (one, 0);
            }
            ends => panic!("neither lives: {ends:?}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_registrations_one_wins_wherever_the_first_is_overtaken_by_the_second() {
    let Some(cluster) = Cluster::start(&proxied()) else { return };
    let mut survivors = Vec::new();
    for point in 0.. {
        let (alice, key) = (format!("alice{point}"), Key::of(&format!("game{point}")));
        cluster.find(2, &alice, &key).await.assert_waiting();
        let name = alice.clone();
        cluster.proxy(0).harm(Harm::Hold, point, move |sent| sent.says(&name));
        let first = Socket::open(cluster.nodes[0].address, &alice, &cluster.record).await.expect("the node is there");
        if !holds(cluster.proxy(0)).await {
            assert!(point >= 2, "a registration takes more than {point} commands");
            break;
        }
        let second = cluster.register(1, &alice).await;
        cluster.proxy(0).let_go();
        let (survivor, which) = survivor(first, second).await;
        // Whoever connected last lives: held up when it had connected, the first is the older one.
        assert_eq!(which, usize::from(point == 2), "held up before command {point}");
        survivors.push((survivor, key));
    }
    // By now the grace would be over of whoever is taken for gone.
    let gone = cluster.register(2, "gone").await;
    cluster.find(2, "gone", &Key::of("gone")).await.assert_waiting();
    gone.close().await;
    cluster.metric_reaches(r#"matchmaker_tickets_ended_total{reason="disconnected"}"#, 1).await;
    for (point, (socket, key)) in survivors.iter().enumerate() {
        let id = cluster.find(2, &format!("opponent{point}"), key).await.assert_matched();
        socket.told(&id).await;
        socket.assert_open();
    }
    check(&cluster, Telling::Done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_an_older_socket_ends_nothing_however_late_it_is_heard_of() {
    let Some(cluster) = Cluster::start(&proxied()) else { return };
    let mut sockets = Vec::new();
    for point in 0.. {
        let (alice, key) = (format!("alice{point}"), Key::of(&format!("game{point}")));
        let older = cluster.register(0, &alice).await;
        cluster.find(2, &alice, &key).await.assert_waiting();
        let name = alice.clone();
        cluster.proxy(0).harm(Harm::Hold, point, move |sent| sent.says(&name));
        drop(older);
        if !holds(cluster.proxy(0)).await {
            // He is gone in truth, and his grace begins.
            assert!(point >= 1, "a closing takes more than {point} commands");
            break;
        }
        sockets.push((cluster.register(1, &alice).await, key));
        cluster.proxy(0).let_go();
    }
    let gone = cluster.register(2, "gone").await;
    cluster.find(2, "gone", &Key::of("gone")).await.assert_waiting();
    gone.close().await;
    cluster.metric_reaches(r#"matchmaker_tickets_ended_total{reason="disconnected"}"#, 2).await;
    for (point, (socket, key)) in sockets.iter().enumerate() {
        let id = cluster.find(2, &format!("opponent{point}"), key).await.assert_matched();
        socket.told(&id).await;
        socket.assert_open();
    }
    check(&cluster, Telling::Done).await;
}
