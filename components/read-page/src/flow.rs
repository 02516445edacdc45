/// Markdown in the making: words that flow into lines, and blocks with an empty line between them.
#[derive(Default)]
pub struct Flow {
    text: String,
    /// Whether the next words begin a new block.
    ended: bool,
}

impl Flow {
    /// Text of a page, whose white space means one space.
    pub fn words(&mut self, text: &str) {
        if text.starts_with(|c: char| c.is_whitespace()) {
            self.space();
        }
        let mut words = text.split_whitespace();
        if let Some(first) = words.next() {
            self.mark(first);
        }
        for word in words {
            self.text.push(' ');
            self.text.push_str(word);
        }
        if text.ends_with(|c: char| c.is_whitespace()) {
            self.space();
        }
    }

    /// Characters that go on the same line as they are.
    pub fn mark(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.ended {
            self.trim();
            if !self.text.is_empty() {
                self.text.push_str("\n\n");
            }
            self.ended = false;
        }
        self.text.push_str(text);
    }

    pub fn line(&mut self) {
        if !self.ended && !self.text.is_empty() {
            self.trim();
            self.text.push('\n');
        }
    }

    pub fn end_block(&mut self) {
        self.ended = true;
    }

    pub fn block(&mut self, text: &str) {
        self.end_block();
        self.mark(text);
        self.end_block();
    }

    /// The next item of a list: on the line after the one before it.
    pub fn item(&mut self, text: &str) {
        self.trim();
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(text);
    }

    pub fn finish(mut self) -> String {
        self.trim();
        self.text
    }

    fn space(&mut self) {
        if !self.ended && !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
            self.text.push(' ');
        }
    }

    fn trim(&mut self) {
        self.text.truncate(self.text.trim_end().len());
    }
}
