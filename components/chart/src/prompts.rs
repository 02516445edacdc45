//! Prompts that a person picks from: one brings a drawn chart along, the other leaves the choice to the model.

use crate::answer::{image, text};
use crate::csv;
use crate::exports::wassette_edge::mcp::prompts::{Argument, Guest, Message, Prompt, PromptResult};
use crate::wassette_edge::mcp::content::{Block, Role};
use crate::{Component, draw_bars};

const DESCRIBE: &str = "describe-chart";
const CHOOSE: &str = "choose-chart";

impl Guest for Component {
    fn list_prompts() -> Result<Vec<Prompt>, String> {
        let data = argument(
            "data",
            "Comma-separated values: a line of names, then labels with numbers",
            true,
        );
        let prompt = |name: &str, title: &str, description: &str, arguments| Prompt {
            name: name.to_owned(),
            title: Some(title.to_owned()),
            description: Some(description.to_owned()),
            arguments,
        };
        Ok(vec![
            prompt(
                DESCRIBE,
                "Describe a chart of these numbers",
                "Draws the numbers as bars and asks for a description that somebody can follow who does not see them",
                vec![
                    data.clone(),
                    argument("title", "What the numbers are", false),
                ],
            ),
            prompt(
                CHOOSE,
                "Choose a chart for these numbers",
                "Asks for the kind of chart that answers a question best, and for the chart",
                vec![
                    data,
                    argument("question", "What the chart should answer", false),
                ],
            ),
        ])
    }

    fn get_prompt(name: String, arguments: Vec<(String, String)>) -> Result<PromptResult, String> {
        let given = |wanted: &str| {
            let found = arguments.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let messages = match name.as_str() {
            DESCRIBE => describe(given("data"), given("title"))?,
            CHOOSE => choose(given("data"), given("question"))?,
            _ => return Err("there is no such prompt".to_owned()),
        };
        Ok(PromptResult {
            description: None,
            messages,
        })
    }
}

fn describe(data: &str, title: &str) -> Result<Vec<Message>, String> {
    let sheet = csv::read(data)?;
    let answer = draw_bars(title.to_owned(), sheet.labels, sheet.series, None)?;
    let request = "Describe this chart for somebody who does not see it. Say in one sentence what it shows, \
                   then what stands out: the largest and the smallest values, trends and exceptions, each \
                   with its numbers. Claim no cause that the numbers do not show.";
    Ok(vec![
        from_person(image(answer.image)),
        from_person(text(
            format!("{request}\n\n{}\n\n{}", answer.summary, data.trim()),
            vec![],
        )),
    ])
}

fn choose(data: &str, question: &str) -> Result<Vec<Message>, String> {
    csv::read(data)?;
    let question = match question.trim() {
        "" => "what is most worth seeing in them",
        question => question,
    };
    let request = "Choose a chart for these numbers: `bar-chart` compares amounts, `line-chart` shows how \
                   something changes, `pie-chart` shows a few parts of one whole. Say in one sentence why, \
                   draw it with that tool under a title that says what it shows, and then answer the \
                   question with the numbers.";
    let body = format!(
        "{request}\n\nThe question: {question}\n\nThe numbers:\n{}",
        data.trim()
    );
    Ok(vec![from_person(text(body, vec![]))])
}

fn from_person(content: Block) -> Message {
    Message {
        role: Role::User,
        content,
    }
}

fn argument(name: &str, description: &str, required: bool) -> Argument {
    Argument {
        name: name.to_owned(),
        title: None,
        description: Some(description.to_owned()),
        required,
    }
}
