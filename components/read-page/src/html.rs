//! HTML to Markdown.

use crate::Link;
use crate::address;
use crate::extract::Extract;
use crate::flow::Flow;
use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use std::collections::HashSet;

const MAX_LINKS: usize = 200;
/// Pages nest to a few dozen; what lies deeper is left out, before the stack ends.
const MAX_DEPTH: usize = 150;
/// Elements that hold no main text.
const PASSED_OVER: [&str; 24] = [
    "aside", "audio", "button", "canvas", "datalist", "dialog", "footer", "form", "head", "iframe",
    "input", "math", "menu", "nav", "noscript", "object", "script", "select", "style", "svg",
    "template", "textarea", "title", "video",
];

pub fn read(source: &str, url: &str) -> Extract {
    let document = parse_document(RcDom::default(), ParseOpts::default())
        .one(source)
        .document;
    let title = find(&document, &|node| is(node, "title")).map(|node| text_of(&node));
    let base = find(&document, &|node| is(node, "base"))
        .and_then(|node| attribute(&node, "href"))
        .and_then(|href| address::resolve(url, &href));
    let mut page = Page {
        base: base.unwrap_or_else(|| url.to_owned()),
        links: Vec::new(),
        seen: HashSet::new(),
    };
    let mut flow = Flow::default();
    page.children(&main(&document), &mut flow, 0);
    Extract {
        title: title
            .or_else(|| meta(&document, "og:title"))
            .filter(|text| !text.is_empty()),
        description: meta(&document, "description").or_else(|| meta(&document, "og:description")),
        text: flow.finish(),
        links: page.links,
    }
}

/// The element with the main text, if the page names one.
fn main(document: &Handle) -> Handle {
    let is_main = |node: &Handle| {
        is(node, "main") || attribute(node, "role").is_some_and(|role| role == "main")
    };
    find(document, &is_main)
        .or_else(|| find(document, &|node| is(node, "article")))
        .or_else(|| find(document, &|node| is(node, "body")))
        .unwrap_or_else(|| document.clone())
}

struct Page {
    base: String,
    links: Vec<Link>,
    seen: HashSet<String>,
}

impl Page {
    fn children(&mut self, node: &Handle, flow: &mut Flow, depth: usize) {
        if depth < MAX_DEPTH {
            for child in node.children.borrow().iter() {
                self.node(child, flow, depth + 1);
            }
        }
    }

    /// The children as text of their own.
    fn inside(&mut self, node: &Handle, depth: usize) -> String {
        let mut flow = Flow::default();
        self.children(node, &mut flow, depth);
        flow.finish()
    }

    fn node(&mut self, node: &Handle, flow: &mut Flow, depth: usize) {
        let name = match &node.data {
            NodeData::Text { contents } => return flow.words(&contents.borrow()),
            NodeData::Element { name, .. } => name.local.to_string(),
            _ => return,
        };
        if PASSED_OVER.contains(&name.as_str()) || attribute(node, "hidden").is_some() {
            return;
        }
        match name.as_str() {
            "a" => self.link(node, flow, depth),
            "b" | "strong" => self.wrapped(node, "**", flow, depth),
            "em" | "i" => self.wrapped(node, "*", flow, depth),
            "code" | "kbd" | "samp" => self.wrapped(node, "`", flow, depth),
            "br" => flow.line(),
            "hr" => flow.block("---"),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let text = self.inside(node, depth).replace('\n', " ");
                if !text.is_empty() {
                    let level = usize::from(name.as_bytes()[1] - b'0');
                    flow.block(&format!("{} {text}", "#".repeat(level)));
                }
            }
            "img" => {
                if let Some(text) = attribute(node, "alt").filter(|text| !text.trim().is_empty()) {
                    flow.words(&format!("[image: {}]", text.trim()));
                }
            }
            "pre" => {
                let code = raw(node);
                flow.block(&format!("```\n{}\n```", code.trim_matches('\n').trim_end()));
            }
            "blockquote" => {
                let text = self.inside(node, depth);
                if !text.is_empty() {
                    flow.block(&indented(&text, "> ", "> "));
                }
            }
            "ul" | "ol" => self.list(node, name == "ol", flow, depth),
            "table" => self.table(node, flow, depth),
            "address" | "article" | "dd" | "details" | "div" | "dl" | "dt" | "fieldset"
            | "figcaption" | "figure" | "header" | "li" | "main" | "p" | "section" | "summary"
            | "td" | "th" | "tr" => {
                flow.end_block();
                self.children(node, flow, depth);
                flow.end_block();
            }
            _ => self.children(node, flow, depth),
        }
    }

    fn wrapped(&mut self, node: &Handle, mark: &str, flow: &mut Flow, depth: usize) {
        let text = self.inside(node, depth);
        if text.contains('\n') || text.is_empty() {
            flow.words(&text);
        } else {
            flow.mark(&format!("{mark}{text}{mark}"));
        }
    }

    fn link(&mut self, node: &Handle, flow: &mut Flow, depth: usize) {
        let text = self.inside(node, depth);
        let href = attribute(node, "href").filter(|href| !href.starts_with('#'));
        let url = href.and_then(|href| address::resolve(&self.base, &href));
        let url = url.map(|url| url.replace(' ', "%20"));
        match url {
            Some(url) if !text.is_empty() => {
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                flow.mark(&format!("[{text}]({})", url.replace(')', "%29")));
                if self.links.len() < MAX_LINKS && self.seen.insert(url.clone()) {
                    self.links.push(Link { text, url });
                }
            }
            _ => flow.mark(&text),
        }
    }

    fn list(&mut self, node: &Handle, ordered: bool, flow: &mut Flow, depth: usize) {
        let mut items = Flow::default();
        let mut number = 0;
        for child in node
            .children
            .borrow()
            .iter()
            .filter(|child| is(child, "li"))
        {
            let text = self.inside(child, depth + 1);
            if text.is_empty() {
                continue;
            }
            number += 1;
            let mark = if ordered {
                format!("{number}. ")
            } else {
                "- ".to_owned()
            };
            items.item(&indented(&text, &mark, &" ".repeat(mark.len())));
        }
        flow.block(&items.finish());
    }

    /// Rows of cells; the first row counts as the head, which Markdown wants.
    fn table(&mut self, node: &Handle, flow: &mut Flow, depth: usize) {
        let mut rows = Vec::new();
        collect(
            node,
            &|node| is(node, "tr"),
            &|node| is(node, "table"),
            &mut rows,
        );
        let mut lines = Vec::new();
        for row in rows {
            let cells: Vec<String> = row
                .children
                .borrow()
                .iter()
                .filter(|cell| is(cell, "td") || is(cell, "th"))
                .map(|cell| {
                    let text = self.inside(cell, depth + 2).replace('|', "\\|");
                    text.split_whitespace().collect::<Vec<_>>().join(" ")
                })
                .collect();
            if cells.is_empty() {
                continue;
            }
            lines.push(format!("| {} |", cells.join(" | ")));
            if lines.len() == 1 {
                lines.push(format!("|{}", "---|".repeat(cells.len())));
            }
        }
        flow.block(&lines.join("\n"));
    }
}

fn indented(text: &str, first: &str, rest: &str) -> String {
    let mut lines = String::new();
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            lines.push('\n');
        }
        lines.push_str(if at == 0 { first } else { rest });
        lines.push_str(line);
        lines.truncate(lines.trim_end_matches(' ').len());
    }
    lines
}

fn is(node: &Handle, name: &str) -> bool {
    matches!(&node.data, NodeData::Element { name: found, .. } if &*found.local == name)
}

fn attribute(node: &Handle, name: &str) -> Option<String> {
    let NodeData::Element { attrs, .. } = &node.data else {
        return None;
    };
    let attrs = attrs.borrow();
    let found = attrs
        .iter()
        .find(|attribute| &*attribute.name.local == name)?;
    Some(found.value.to_string())
}

/// The first node that fits, in the order of the page. It needs no stack of its own, so depth is no matter.
fn find(root: &Handle, fits: &dyn Fn(&Handle) -> bool) -> Option<Handle> {
    let mut waiting = vec![root.clone()];
    while let Some(node) = waiting.pop() {
        if fits(&node) {
            return Some(node);
        }
        waiting.extend(node.children.borrow().iter().rev().cloned());
    }
    None
}

/// Every node below the root that fits, but nothing of what lies in a node of the other kind.
fn collect(
    root: &Handle,
    fits: &dyn Fn(&Handle) -> bool,
    stops: &dyn Fn(&Handle) -> bool,
    found: &mut Vec<Handle>,
) {
    let mut waiting: Vec<Handle> = root.children.borrow().iter().rev().cloned().collect();
    while let Some(node) = waiting.pop() {
        if fits(&node) {
            found.push(node);
        } else if !stops(&node) {
            waiting.extend(node.children.borrow().iter().rev().cloned());
        }
    }
}

/// The characters of a node as they stand.
fn raw(node: &Handle) -> String {
    let mut text = String::new();
    let mut waiting = vec![node.clone()];
    while let Some(node) = waiting.pop() {
        match &node.data {
            NodeData::Text { contents } => text.push_str(&contents.borrow()),
            _ if is(&node, "br") => text.push('\n'),
            _ => waiting.extend(node.children.borrow().iter().rev().cloned()),
        }
    }
    text
}

fn text_of(node: &Handle) -> String {
    raw(node).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn meta(document: &Handle, name: &str) -> Option<String> {
    let names = |node: &Handle| {
        is(node, "meta")
            && ["name", "property"].iter().any(|key| {
                attribute(node, key).is_some_and(|found| found.eq_ignore_ascii_case(name))
            })
    };
    let text = find(document, &names).and_then(|node| attribute(&node, "content"))?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
