//! Tokens into a tree, loosest binding first: or, and, not, comparison, sum, product, sign.

use super::{
    error::{ExprError, closest},
    lexer::{Token, tokens},
    program::Code,
};

/// Deepest nesting: of brackets, signs and `not`.
const MAX_DEPTH: usize = 32;

/// Words that are no column or function.
const WORDS: [&str; 5] = ["and", "or", "not", "in", "between"];

/// A part of an expression, and the column where it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) what: What,
    pub(super) column: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    Number(f64),
    Name(String),
    /// A step of one input.
    One(Code, Box<Node>),
    /// A step of two.
    Two(Code, Box<Node>, Box<Node>),
    In(Box<Node>, Vec<Node>),
    Between(Box<Node>, Box<Node>, Box<Node>),
    Call(String, Vec<Node>),
}

/// The tree of a text.
pub(super) fn parse(text: &str) -> Result<Node, ExprError> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        next: 0,
        depth: 0,
    };
    let node = parser.any()?;
    match parser.peek() {
        Token::End => Ok(node),
        Token::Name(name) => {
            let hint = closest(name, WORDS.iter())
                .map(|word| format!("; did you mean `{word}`?"))
                .unwrap_or_default();
            Err(parser.error(format!("`{name}` does not continue the expression{hint}")))
        }
        Token::Sign("<" | "<=" | ">" | ">=" | "=" | "!=") => Err(parser.error(
            "comparisons cannot be chained; write `a < b and b < c`, or `b between a and c`",
        )),
        other => {
            let words = other.words();
            Err(parser.error(format!("{words} does not continue the expression")))
        }
    }
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens
            .get(self.next)
            .map_or(&Token::End, |(token, _)| token)
    }

    fn column(&self) -> usize {
        let last = self.tokens.len().saturating_sub(1);
        self.tokens
            .get(self.next.min(last))
            .map_or(1, |(_, column)| *column)
    }

    fn error(&self, message: impl Into<String>) -> ExprError {
        ExprError::new(self.column(), message)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let is_there = matches!(self.peek(), Token::Sign(found) if *found == sign);
        self.next += usize::from(is_there);
        is_there
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_there = matches!(self.peek(), Token::Name(found) if found == word);
        self.next += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, sign: &str) -> Result<(), ExprError> {
        if self.take_sign(sign) {
            return Ok(());
        }
        let found = self.peek().words();
        Err(self.error(format!("expected `{sign}`, found {found}")))
    }

    fn deeper<T>(
        &mut self,
        part: impl FnOnce(&mut Self) -> Result<T, ExprError>,
    ) -> Result<T, ExprError> {
        if self.depth == MAX_DEPTH {
            return Err(self.error(format!("nested more than {MAX_DEPTH} deep")));
        }
        self.depth += 1;
        let part = part(self);
        self.depth -= 1;
        part
    }

    fn any(&mut self) -> Result<Node, ExprError> {
        self.deeper(|parser| {
            parser.chain(
                |parser| parser.all(),
                |parser| parser.take_word("or").then_some(Code::Or),
            )
        })
    }

    fn all(&mut self) -> Result<Node, ExprError> {
        self.chain(Self::not, |parser| {
            parser.take_word("and").then_some(Code::And)
        })
    }

    /// Parts joined by steps that bind alike, from left to right.
    fn chain(
        &mut self,
        part: impl Fn(&mut Self) -> Result<Node, ExprError>,
        joint: impl Fn(&mut Self) -> Option<Code>,
    ) -> Result<Node, ExprError> {
        let mut node = part(self)?;
        while let Some(code) = joint(self) {
            let right = part(self)?;
            node = Node {
                column: node.column,
                what: What::Two(code, Box::new(node), Box::new(right)),
            };
        }
        Ok(node)
    }

    fn not(&mut self) -> Result<Node, ExprError> {
        let column = self.column();
        if !self.take_word("not") {
            return self.comparison();
        }
        let of = self.deeper(Self::not)?;
        Ok(Node {
            what: What::One(Code::Not, Box::new(of)),
            column,
        })
    }

    fn comparison(&mut self) -> Result<Node, ExprError> {
        let left = self.sum()?;
        let column = left.column;
        let is_not = matches!(self.peek(), Token::Name(name) if name == "not");
        self.next += usize::from(is_not);
        let what = if self.take_word("in") {
            self.expect("(")?;
            What::In(Box::new(left), self.list()?)
        } else if self.take_word("between") {
            let low = self.sum()?;
            if !self.take_word("and") {
                let found = self.peek().words();
                return Err(self.error(format!("expected `and` of `between`, found {found}")));
            }
            What::Between(Box::new(left), Box::new(low), Box::new(self.sum()?))
        } else if is_not {
            let found = self.peek().words();
            return Err(self.error(format!("expected `in` or `between`, found {found}")));
        } else {
            let Token::Sign(sign) = self.peek() else {
                return Ok(left);
            };
            let (code, swapped) = match *sign {
                "=" => (Code::Equal, false),
                "!=" => (Code::Differ, false),
                "<" => (Code::Less, false),
                "<=" => (Code::AtMost, false),
                ">" => (Code::Less, true),
                ">=" => (Code::AtMost, true),
                _ => return Ok(left),
            };
            self.next += 1;
            let right = self.sum()?;
            let (a, b) = if swapped {
                (right, left)
            } else {
                (left, right)
            };
            What::Two(code, Box::new(a), Box::new(b))
        };
        let node = Node { what, column };
        Ok(if is_not {
            Node {
                what: What::One(Code::Not, Box::new(node)),
                column,
            }
        } else {
            node
        })
    }

    fn sum(&mut self) -> Result<Node, ExprError> {
        self.chain(Self::product, |parser| {
            let code = match parser.peek() {
                Token::Sign("+") => Code::Add,
                Token::Sign("-") => Code::Subtract,
                _ => return None,
            };
            parser.next += 1;
            Some(code)
        })
    }

    fn product(&mut self) -> Result<Node, ExprError> {
        self.chain(Self::signed, |parser| {
            let code = match parser.peek() {
                Token::Sign("*") => Code::Multiply,
                Token::Sign("/") => Code::Divide,
                Token::Sign("%") => Code::Remainder,
                _ => return None,
            };
            parser.next += 1;
            Some(code)
        })
    }

    fn signed(&mut self) -> Result<Node, ExprError> {
        let column = self.column();
        if !self.take_sign("-") {
            return self.single();
        }
        let of = self.deeper(Self::signed)?;
        Ok(Node {
            what: What::One(Code::Negate, Box::new(of)),
            column,
        })
    }

    fn single(&mut self) -> Result<Node, ExprError> {
        let column = self.column();
        if self.take_sign("(") {
            let node = self.any()?;
            self.expect(")")?;
            return Ok(node);
        }
        let what = match self.peek().clone() {
            Token::Number(number) => {
                self.next += 1;
                What::Number(number)
            }
            Token::Name(name) if !WORDS.contains(&name.as_str()) => {
                self.next += 1;
                if self.take_sign("(") {
                    What::Call(name, self.list()?)
                } else {
                    What::Name(name)
                }
            }
            other => {
                let found = other.words();
                return Err(self.error(format!("expected a number, column or `(`, found {found}")));
            }
        };
        Ok(Node { what, column })
    }

    /// What stands up to the closing bracket, which is taken too.
    fn list(&mut self) -> Result<Vec<Node>, ExprError> {
        let mut list = Vec::new();
        if self.take_sign(")") {
            return Ok(list);
        }
        loop {
            list.push(self.any()?);
            if !self.take_sign(",") {
                self.expect(")")?;
                return Ok(list);
            }
        }
    }
}
