//! Where the statements of a policy document stand, as simulators tell it.

/// A line and a column, both counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// From where to where each statement of a document goes, as AWS counts: in a list from behind what
/// stands before it, otherwise from behind its own brace, and to behind its end. The text is one
/// that could be compiled.
pub fn statements(text: &str) -> Vec<(Position, Position)> {
    let mut scan = Scan::default();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        scan.pass(letter);
        match letter {
            '"' => scan.text(&mut letters),
            '{' => scan.open(),
            '}' => scan.close(),
            '[' => {
                if scan.depth == 1 && scan.is_statement {
                    scan.last = scan.here();
                }
                scan.depth += 1;
                scan.lists += usize::from(scan.depth == 2);
            }
            ']' => {
                scan.lists -= usize::from(scan.depth == 2 && scan.lists > 0);
                scan.depth = scan.depth.saturating_sub(1);
            }
            ':' if scan.depth == 1 => scan.is_statement = scan.name == "Statement",
            ',' if scan.depth == 1 => scan.is_statement = false,
            _ => {}
        }
    }
    scan.found
}

#[derive(Default)]
struct Scan {
    /// How many lines and letters of the last one are passed.
    lines: usize,
    columns: usize,
    /// How many objects and lists are open.
    depth: usize,
    /// Whether the second of these is a list.
    lists: usize,
    /// The last text of the outermost object.
    name: String,
    /// Whether it stands in front of the statements.
    is_statement: bool,
    /// Where what stands before the next statement ends.
    last: Option<Position>,
    begun: Option<Position>,
    found: Vec<(Position, Position)>,
}

impl Scan {
    fn pass(&mut self, letter: char) {
        if letter == '\n' {
            (self.lines, self.columns) = (self.lines + 1, 0);
        } else {
            self.columns += 1;
        }
    }

    /// The place behind the last letter.
    fn here(&self) -> Option<Position> {
        Some(Position { line: self.lines + 1, column: self.columns + 1 })
    }

    fn text(&mut self, letters: &mut std::str::Chars<'_>) {
        let mut text = String::new();
        while let Some(letter) = letters.next() {
            self.pass(letter);
            match letter {
                '"' => break,
                '\\' => {
                    if let Some(escaped) = letters.next() {
                        self.pass(escaped);
                    }
                }
                other => text.push(other),
            }
        }
        if self.depth == 1 {
            self.name = text;
        }
    }

    /// How deep the statements are.
    fn level(&self) -> usize {
        1 + self.lists
    }

    fn open(&mut self) {
        if self.is_statement && self.depth == self.level() {
            self.begun = if self.lists == 0 { self.here() } else { self.last };
        }
        self.depth += 1;
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.is_statement && self.depth == self.level() {
            let end = self.here();
            self.found.extend(self.begun.take().zip(end));
            self.last = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<[usize; 4]> {
        let places = statements(text).into_iter();
        places.map(|(from, to)| [from.line, from.column, to.line, to.column]).collect()
    }

    /// The first two and the one outside a list are as AWS was observed to count.
    #[test]
    fn statements_are_found_where_they_stand() {
        let one = concat!(
            r#"{"Version":"2012-10-17","Statement":["#,
            r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#
        );
        assert_eq!(found(one), [[1, 38, 1, 95]]);
        let pretty = concat!(
            "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n",
            "      \"Effect\": \"Allow\",\n      \"Action\": \"a:b\",\n",
            "      \"Resource\": \"*\"\n    }\n  ]\n}"
        );
        assert_eq!(found(pretty), [[3, 17, 8, 6]]);
        let two = r#"{"Statement":[{"a":{"b":["{"]}},{"Sid":"\"}"}],"Id":"Statement"}"#;
        assert_eq!(found(two), [[1, 15, 1, 32], [1, 32, 1, 46]]);
        assert_eq!(found(r#"{"Statement":{"Sid":"x"}}"#), [[1, 15, 1, 25]]);
        assert_eq!(found(r#"{"Id":"Statement","Statement":[]}"#), [[0; 4]; 0]);
    }

    #[test]
    fn what_is_no_policy_is_passed_over() {
        for text in ["", "{", "}}]]", "[{", "\"", "\"\\", "{\"Statement\":[", "]}{:,"] {
            statements(text);
        }
    }
}
