use std::time::Duration;

use serde_json::value::RawValue;

/// To which whole second a part of one is counted; a token is never good for longer than it says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rounding {
    Down,
    Up,
}

/// The digits of the largest number of seconds there is room for.
const MOST_DIGITS: i64 = 20;

/// A `NumericDate` (RFC 7519, section 2): seconds since the epoch, as any JSON number that is not negative. It is read from
/// its own text, so that no float rounds it.
pub(super) fn moment(claim: &RawValue, rounding: Rounding) -> Option<Duration> {
    let text = claim.get();
    // All other numbers in JSON begin with a minus.
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Some(Duration::ZERO);
    }
    let insignificant = i64::try_from(digits.len() - significant.len()).ok()?;
    let point = i64::try_from(whole.len()).ok()?.checked_add(exponent.parse().ok()?)?.checked_sub(insignificant)?;
    if point > MOST_DIGITS {
        return None;
    }
    seconds(significant, usize::try_from(point).unwrap_or(0), rounding).map(Duration::from_secs)
}

/// The number that these digits make with the point behind so many of them.
fn seconds(digits: &str, point: usize, rounding: Rounding) -> Option<u64> {
    let mut digits = digits.bytes().map(|digit| u64::from(digit - b'0'));
    let whole =
        (0..point).try_fold(0_u64, |whole, _| whole.checked_mul(10)?.checked_add(digits.next().unwrap_or(0)))?;
    let goes_up = rounding == Rounding::Up && digits.any(|digit| digit != 0);
    whole.checked_add(goes_up.into())
}
