//! Whole conversations with the codec, on streams that hand bytes over as the input has it.

mod reading;
mod wire;

use std::{
    future::poll_fn,
    pin::pin,
    task::{Context, Poll, Waker},
};

use tungstenite::{Message, Utf8Bytes};

use super::values;
use crate::{
    adapters::{
        ManualClock,
        websocket::{
            CLOSING_TIME, CloseReason, Codec, Incoming, MAX_MESSAGE, MAX_UNWRITTEN, close, end, error,
            read_registration, registered,
        },
    },
    domain::Standing,
};
use reading::{Reading, Said};
use wire::{Plan, Traffic, Wire, Writing};

/// The longest answer to a text, whatever stands in the text.
const LONGEST_ANSWER: usize = 1024;

/// What a client's frames mean does not depend on how they are cut on their way, or on whether the answers are read; each
/// ping, text and close is answered in its order, and nothing after the close frame; what waits to be written is bounded;
/// and the conversation ends, with every byte read.
///
/// The input begins with a [`Plan`] of how the bytes travel.
pub(super) fn frames(input: &[u8]) {
    let (plan, sent) = Plan::read(input);
    let writing = plan.writing;
    let meant = Reading::of(sent);
    let traffic = Traffic::default();
    let (heard, reason) = converse(plan, sent, &traffic);

    let has_closed = matches!(heard.last(), Some(Message::Close(_)));
    let stays_unread = writing != Writing::All && reason == Some(CloseReason::NotReading);
    if stays_unread {
        assert!(meant.heard.starts_with(&heard), "{heard:?} was heard of {meant:?}");
    } else {
        assert_eq!(heard, meant.heard);
        // A client that has closed can be in disorder while it takes no answer.
        assert!(reason == meant.reason || has_closed && writing != Writing::All, "{reason:?} is no end of {meant:?}");
    }

    let said = Said::all(&traffic.written.borrow());
    let answers = answers(&heard, reason.filter(|_| !has_closed));
    match writing {
        Writing::All => assert_eq!(said, answers),
        Writing::InParts | Writing::Late => {
            let mut rest = answers.iter();
            assert!(said.iter().all(|frame| rest.any(|answer| answer == frame)), "{said:?} is no answer to {heard:?}");
            if reason.is_some() && !has_closed {
                assert_eq!(said.last(), answers.last(), "the client is not told why it is left");
            }
        }
        Writing::Never => assert_eq!(said, []),
    }
    if writing == Writing::Late {
        let held = traffic.written.borrow().len();
        assert!(held <= MAX_UNWRITTEN + 256, "{held} bytes were held");
    }
    assert!(writing == Writing::Never || traffic.is_over(), "the connection was left before its end");
}

/// What was heard, and why the server left, if it did.
fn converse(plan: Plan<'_>, sent: &[u8], traffic: &Traffic) -> (Vec<Message>, Option<CloseReason>) {
    let clock = ManualClock::default();
    let (wire, read) = Wire::open(plan, sent, traffic);
    let mut conversation = pin!(async {
        let mut codec = Codec::new(wire, read);
        let mut heard = Vec::new();
        let reason = listen(&mut codec, &mut heard).await;
        close(codec, reason, &clock).await;
        (heard, reason)
    });
    let mut cx = Context::from_waker(Waker::noop());
    let mut is_late = false;
    loop {
        let moves = traffic.moves.get();
        if let Poll::Ready(outcome) = conversation.as_mut().poll(&mut cx) {
            return outcome;
        }
        if traffic.moves.get() == moves && !traffic.open.replace(true) {
            continue;
        }
        if traffic.moves.get() == moves {
            assert!(!is_late, "the conversation hangs");
            clock.advance(CLOSING_TIME);
            is_late = true;
        }
    }
}

/// What a session does with its codec: it writes what there is to write, and reads meanwhile.
async fn listen(codec: &mut Codec<Wire<'_>>, heard: &mut Vec<Message>) -> Option<CloseReason> {
    let mut unflushed = false;
    loop {
        let read = poll_fn(|cx| {
            if unflushed {
                match codec.poll_flush(cx) {
                    Poll::Ready(Ok(())) => unflushed = false,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => {}
                }
            }
            codec.poll_read(cx)
        });
        let outcome = match read.await {
            Ok(message) => {
                assert!(message.len() <= MAX_MESSAGE, "a message of {} bytes", message.len());
                heard.push(message.clone());
                match message {
                    Message::Text(text) => {
                        unflushed = true;
                        poll_fn(|cx| Poll::Ready(codec.write(cx, Message::Text(answer(&text))))).await
                    }
                    Message::Binary(_) => return Some(CloseReason::Binary),
                    Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => Ok(()),
                }
            }
            Err(error) => Err(error),
        };
        match outcome.as_ref().map_err(end) {
            Ok(()) | Err(Incoming::Text(_)) => {}
            Err(Incoming::Close(reason)) => return Some(reason),
            Err(Incoming::Gone) => return None,
        }
    }
}

/// What a socket says to a text, while the player is idle.
fn answer(text: &str) -> Utf8Bytes {
    values::registration(text.as_bytes());
    let answer = match read_registration(text) {
        Ok(registration) => registered(&registration.player, &Standing::Idle),
        Err(refusal) => error(&refusal),
    };
    assert!(answer.len() <= LONGEST_ANSWER, "{answer} is long");
    answer
}

/// All that is to be said to this, in order.
fn answers(heard: &[Message], reason: Option<CloseReason>) -> Vec<Said> {
    let answers = heard.iter().filter_map(|message| match message {
        Message::Text(text) => Some(Said::text(&answer(text))),
        Message::Ping(payload) => Some(Said::pong(payload)),
        Message::Close(frame) => {
            Some(Said::close(frame.as_ref().map(|frame| (frame.code.into(), frame.reason.as_str()))))
        }
        Message::Binary(_) | Message::Pong(_) | Message::Frame(_) => None,
    });
    answers.chain(reason.map(|reason| Said::close(Some(reason.code())))).collect()
}
