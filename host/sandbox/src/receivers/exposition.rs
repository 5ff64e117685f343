//! The text format of metrics, read as strictly as a PushGateway reads it.

use std::collections::{BTreeMap, BTreeSet};

/// Labels of a sample, by name.
pub(super) type Labels = BTreeMap<String, String>;

/// A metric with all its samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Name, without the suffixes of histograms and summaries.
    pub name: String,
    /// From the TYPE line.
    pub kind: FamilyKind,
    /// From the HELP line.
    pub help: String,
    /// In the order of the text.
    pub samples: Vec<Sample>,
}

/// Type of a metric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FamilyKind {
    /// `counter`
    Counter,
    /// `gauge`
    Gauge,
    /// `histogram`
    Histogram,
    /// `summary`
    Summary,
    /// `untyped`, or no TYPE line.
    #[default]
    Untyped,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Name, with suffix.
    pub name: String,
    /// Labels by name.
    pub labels: BTreeMap<String, String>,
    /// Value.
    pub value: f64,
}

impl Sample {
    /// Whether it has all of these labels.
    #[must_use]
    pub fn has(&self, labels: &[(&str, &str)]) -> bool {
        labels.iter().all(|(name, value)| self.labels.get(*name).is_some_and(|found| found == value))
    }
}

impl FamilyKind {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "counter" => Self::Counter,
            "gauge" => Self::Gauge,
            "histogram" => Self::Histogram,
            "summary" => Self::Summary,
            "untyped" => Self::Untyped,
            _ => return None,
        })
    }

    /// Whether a sample's name belongs to a metric of this type.
    fn covers(self, metric: &str, sample: &str) -> bool {
        let Some(suffix) = sample.strip_prefix(metric) else { return false };
        match self {
            Self::Histogram => matches!(suffix, "_bucket" | "_sum" | "_count"),
            Self::Summary => matches!(suffix, "" | "_sum" | "_count"),
            Self::Counter | Self::Gauge | Self::Untyped => suffix.is_empty(),
        }
    }
}

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Vec<Family>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let text = text.strip_suffix('\n').ok_or("unexpected end of input stream: the last line feed is missing")?;
    let mut reader = Reader::default();
    for (index, line) in text.split('\n').enumerate() {
        reader.line(line).map_err(|what| format!("text format parsing error in line {}: {what}", index + 1))?;
    }
    Ok(reader.families)
}

#[derive(Default)]
struct Reader {
    families: Vec<Family>,
    typed: BTreeSet<String>,
    seen: BTreeSet<(String, Labels)>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.ends_with('\r') {
            return Err("carriage return at the end of the line".to_owned());
        }
        let line = line.trim();
        match line.strip_prefix('#') {
            Some(comment) => self.comment(comment.trim_start()),
            None if line.is_empty() => Ok(()),
            None => self.sample(line),
        }
    }

    fn comment(&mut self, comment: &str) -> Result<(), String> {
        let mut words = comment.splitn(3, ' ');
        match (words.next(), words.next(), words.next()) {
            (Some("TYPE"), Some(name), Some(kind)) => self.type_line(name, kind.trim()),
            (Some("HELP"), Some(name), help) => {
                self.family(name).help = help.unwrap_or_default().to_owned();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn type_line(&mut self, name: &str, kind: &str) -> Result<(), String> {
        let kind = FamilyKind::parse(kind).ok_or_else(|| format!("unknown metric type {kind:?}"))?;
        if !self.typed.insert(name.to_owned()) {
            return Err(format!("second TYPE line for metric name {name:?}"));
        }
        let family = self.family(name);
        if !family.samples.is_empty() {
            return Err(format!("TYPE reported after samples for metric name {name:?}"));
        }
        family.kind = kind;
        Ok(())
    }

    /// The family of a name, made if it is new.
    fn family(&mut self, name: &str) -> &mut Family {
        let at = self.families.iter().position(|family| family.name == name).unwrap_or_else(|| {
            let family =
                Family { name: name.to_owned(), kind: FamilyKind::default(), help: String::new(), samples: Vec::new() };
            self.families.push(family);
            self.families.len() - 1
        });
        &mut self.families[at]
    }

    fn sample(&mut self, line: &str) -> Result<(), String> {
        let sample = sample(line)?;
        if !self.seen.insert((sample.name.clone(), sample.labels.clone())) {
            return Err(format!("duplicate series of {:?}", sample.name));
        }
        let owner = self.families.iter().find(|family| family.kind.covers(&family.name, &sample.name));
        let name = owner.map_or_else(|| sample.name.clone(), |family| family.name.clone());
        self.family(&name).samples.push(sample);
        Ok(())
    }
}

fn sample(line: &str) -> Result<Sample, String> {
    let end = line.find(|c: char| !is_name(c)).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("invalid metric name".to_owned());
    }
    let (labels, rest) = match rest.trim_start().strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Labels::new(), rest),
    };
    let mut words = rest.split_ascii_whitespace();
    let value = words.next().ok_or("expected a value")?;
    let value = value.parse().map_err(|_| format!("expected float as value, got {value:?}"))?;
    if words.next().is_some() {
        return Err("pushed metrics must not have timestamps".to_owned());
    }
    Ok(Sample { name: name.to_owned(), labels, value })
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':')
}

/// Reads labels up to the closing brace and returns what follows.
fn labels(mut rest: &str) -> Result<(Labels, &str), String> {
    let mut labels = Labels::new();
    loop {
        rest = rest.trim_start_matches([' ', ',']);
        if let Some(after) = rest.strip_prefix('}') {
            return Ok((labels, after));
        }
        let (name, after) = rest.split_once('=').ok_or("expected '=' after label name")?;
        let name = name.trim();
        if name.is_empty() || !name.chars().all(is_name) || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(format!("invalid label name {name:?}"));
        }
        if name.starts_with("__") {
            return Err(format!("label name {name:?} is reserved"));
        }
        let (value, after) = quoted(after.trim_start())?;
        if labels.insert(name.to_owned(), value).is_some() {
            return Err(format!("duplicate label name {name:?}"));
        }
        rest = after;
    }
}

/// Reads a quoted value and returns what follows.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let text = text.strip_prefix('"').ok_or("expected '\"' at start of label value")?;
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => value.push(match characters.next() {
                Some((_, 'n')) => '\n',
                Some((_, escaped @ ('"' | '\\'))) => escaped,
                _ => return Err("invalid escape sequence".to_owned()),
            }),
            other => value.push(other),
        }
    }
    Err("label value is not closed".to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn reads_families() {
        let text = "# HELP a_total How many.\n# TYPE a_total counter\na_total{x=\"1\\\"\\n\\\\\"} 2\n\
                    # TYPE b histogram\nb_bucket{le=\"+Inf\"} 1\nb_sum 0.5\nb_count 1\nc NaN\n";
        let families = parse(text).unwrap();
        let names: Vec<_> = families.iter().map(|f| (f.name.as_str(), f.kind, f.samples.len())).collect();
        let expected =
            [("a_total", FamilyKind::Counter, 1), ("b", FamilyKind::Histogram, 3), ("c", FamilyKind::Untyped, 1)];
        assert_eq!(names, expected);
        assert!(families[0].samples[0].has(&[("x", "1\"\n\\")]));
        assert_eq!(families[0].help, "How many.");
    }

    #[test]
    fn refuses_what_the_gateway_refuses() {
        let cases = [
            "a 1",
            "a 1\r\n",
            "a 1 1700000000000\n",
            "a 1\na 1\n",
            "a{x=\"1\"} 1\na{x=\"1\"} 2\n",
            "a{__name=\"x\"} 1\n",
            "# TYPE a counter\n# TYPE a counter\na 1\n",
            "a 1\n# TYPE a counter\n",
            "# TYPE a info\n",
            "{\"a\",x=\"1\"} 1\n",
            "a{x=1} 1\n",
            "a one\n",
            "<html>\n",
            "a{x=\"1\" 1\n",
        ];
        for case in cases {
            assert!(parse(case).is_err(), "{case:?}");
        }
    }
}
