//! What was measured: for people as tables, for machines as JSON.

use std::{fmt, fs};

use serde::{Serialize, Serializer};

use crate::{engine::Outcome, statistics::median};

/// All that a run has found.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) figures: Vec<Figure>,
    pub(crate) tables: Vec<Table>,
    pub(crate) curves: Vec<Curve>,
}

impl Report {
    pub(crate) fn add(&mut self, other: Self) {
        self.figures.extend(other.figures);
        self.tables.extend(other.tables);
        self.curves.extend(other.curves);
    }
}

/// What it was measured on.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    memory_mib: u64,
    kernel: String,
}

impl Machine {
    pub(crate) fn this() -> Outcome<Self> {
        let value = |path, name| -> Outcome<String> {
            let text = fs::read_to_string(path)?;
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':'));
            Ok(line.map_or("unknown", |(_, value)| value.trim()).to_owned())
        };
        let memory = value("/proc/meminfo", "MemTotal")?;
        Ok(Self {
            processor: value("/proc/cpuinfo", "model name")?,
            cores: std::thread::available_parallelism()?.get(),
            memory_mib: memory.trim_end_matches(" kB").parse::<u64>()? / 1024,
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned(),
        })
    }
}

/// One number of each run; what counts is the median.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell(Vec<f64>);

impl Cell {
    pub(crate) fn runs(runs: Vec<f64>) -> Self {
        Self(runs)
    }

    pub(crate) fn one(value: f64) -> Self {
        Self(vec![value])
    }

    pub(crate) fn median(&self) -> Option<f64> {
        median(&self.0)
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            median: Option<f64>,
            runs: &'a [f64],
        }
        Written { median: self.median(), runs: &self.0 }.serialize(serializer)
    }
}

impl fmt::Display for Cell {
    /// The median, and between which bounds all runs lie.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(median) = self.median() else { return formatter.pad("-") };
        let (least, most) =
            self.0.iter().fold((median, median), |(least, most), run| (least.min(*run), most.max(*run)));
        if self.0.len() == 1 {
            return formatter.pad(&number(median));
        }
        formatter.pad(&format!("{} ({}–{})", number(median), number(least), number(most)))
    }
}

/// Some measurements, side by side.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Row>,
    pub(crate) notes: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    /// What was measured, with its unit.
    pub(crate) what: String,
    pub(crate) cells: Vec<Cell>,
}

impl Table {
    pub(crate) fn new(title: impl Into<String>, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        Self { title: title.into(), columns, ..Self::default() }
    }

    pub(crate) fn row(&mut self, what: impl Into<String>, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(Row { what: what.into(), cells: cells.into_iter().collect() });
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.rows.iter().map(|row| row.what.chars().count()).max().unwrap_or_default();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.cells.get(column));
                let widest = cells.map(|cell| cell.to_string().chars().count()).max().unwrap_or_default();
                widest.max(self.columns[column].chars().count())
            })
            .collect();
        writeln!(formatter, "\n{}", self.title)?;
        write!(formatter, "  {:first$}", "")?;
        for (column, width) in self.columns.iter().zip(&widths) {
            write!(formatter, "  {column:>width$}")?;
        }
        writeln!(formatter)?;
        for row in &self.rows {
            write!(formatter, "  {:first$}", row.what)?;
            for (cell, width) in row.cells.iter().zip(&widths) {
                write!(formatter, "  {cell:>width$}")?;
            }
            writeln!(formatter)?;
        }
        self.notes.iter().try_for_each(|note| writeln!(formatter, "  {note}"))
    }
}

/// A figure that is to be reached.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) what: String,
    pub(crate) reach: Reach,
    pub(crate) unit: &'static str,
    pub(crate) measured: Vec<Measured>,
}

/// What one of those measured came to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Measured {
    subject: String,
    value: Option<f64>,
    reached: Option<bool>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reach {
    AtLeast(f64),
    AtMost(f64),
}

impl Reach {
    fn is_reached(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(bound) => write!(formatter, "≥ {}", number(*bound)),
            Self::AtMost(bound) => write!(formatter, "≤ {}", number(*bound)),
        }
    }
}

impl Figure {
    /// A figure with what each subject came to.
    pub(crate) fn new<'a>(
        what: impl Into<String>,
        reach: Reach,
        unit: &'static str,
        measured: impl IntoIterator<Item = (&'a str, Option<f64>)>,
    ) -> Self {
        let measured = measured.into_iter().map(|(subject, value)| Measured {
            subject: subject.to_owned(),
            value,
            reached: value.map(|value| reach.is_reached(value)),
        });
        Self { what: what.into(), reach, unit, measured: measured.collect() }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "  {:<72} {:>9} {:<6}", self.what, self.reach.to_string(), self.unit)?;
        for Measured { subject, value, reached } in &self.measured {
            let value = value.map_or_else(|| "-".to_owned(), number);
            let verdict = match reached {
                Some(true) => "reached",
                Some(false) => "NOT REACHED",
                None => "not measured",
            };
            write!(formatter, "  {subject}: {value:>7} {verdict:<11}")?;
        }
        Ok(())
    }
}

/// Latency over rate.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Curve {
    pub(crate) subject: String,
    pub(crate) points: Vec<Point>,
}

/// Latencies in milliseconds, at a rate of matches a second.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Point {
    pub(crate) rate: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    pub(crate) max: f64,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { processor, cores, memory_mib, kernel } = &self.machine;
        writeln!(
            formatter,
            "The generator's machine, shared with all that it started: {processor}, {cores} cores, {memory_mib} MiB, Linux {kernel}"
        )?;
        self.tables.iter().try_for_each(|table| write!(formatter, "{table}"))?;
        if !self.figures.is_empty() {
            writeln!(formatter, "\nThe figures to reach")?;
        }
        self.figures.iter().try_for_each(|figure| writeln!(formatter, "{figure}"))
    }
}

/// A number to three digits at least, and whole from a hundred on.
pub(crate) fn number(value: f64) -> String {
    let digits = match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    let plain = format!("{value:.digits$}");
    let whole = plain.split('.').next().unwrap_or_default().trim_start_matches('-').len();
    let mut grouped = String::new();
    let sign = usize::from(plain.starts_with('-'));
    for (place, character) in plain.chars().enumerate() {
        let before = place.checked_sub(sign).filter(|before| *before > 0 && *before < whole);
        if before.is_some_and(|before| (whole - before).is_multiple_of(3)) {
            grouped.push(',');
        }
        grouped.push(character);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        for (value, written) in [
            (0.8512, "0.851"),
            (4.5, "4.50"),
            (42.04, "42.0"),
            (999.6, "1,000"),
            (68_123.4, "68,123"),
            (1_234_567.0, "1,234,567"),
            (-1234.0, "-1,234"),
            (0.0, "0.000"),
        ] {
            assert_eq!(number(value), written);
        }
    }

    #[test]
    fn a_table_stands_in_columns() {
        let mut table = Table::new("Requests", ["floor", "server"]);
        table.row("requests/s", [Cell::runs(vec![3.0, 1.0, 2.0]), Cell::one(40_000.0)]);
        table.row("CPU, µs", [Cell::default(), Cell::one(9.5)]);
        table.note("two lanes");
        let expected = "\nRequests\n                         floor  server\n  requests/s  2.00 (1.00–3.00)  40,000\n  CPU, µs                    -    9.50\n  two lanes\n";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn a_figure_is_reached_or_not() {
        let least = Figure::new("ratio", Reach::AtLeast(0.85), "", [("server", Some(0.85)), ("old", Some(0.84))]);
        let text = least.to_string();
        assert!(
            text.contains("≥ 0.850") && text.contains("0.850 reached") && text.contains("0.840 NOT REACHED"),
            "{text}"
        );
        let most = Figure::new("CPU", Reach::AtMost(4.5), "", [("server", Some(4.6)), ("old", None)]);
        let text = most.to_string();
        assert!(text.contains("4.60 NOT REACHED") && text.contains("- not measured"), "{text}");
    }
}
