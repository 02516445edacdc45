//! The graph as JSON lines, one entity or relation each.

use crate::exports::wassette_edge::memory::knowledge_graph::{Entity, Graph, Relation};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize)]
#[serde(
    tag = "type",
    rename_all = "lowercase",
    rename_all_fields = "camelCase"
)]
enum Line {
    Entity {
        name: String,
        entity_type: String,
        observations: Vec<String>,
    },
    Relation {
        from: String,
        to: String,
        relation_type: String,
    },
}

pub fn parse(text: &str) -> Result<Graph, String> {
    let mut graph = Graph {
        entities: Vec::new(),
        relations: Vec::new(),
    };
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let line =
            serde_json::from_str(line).map_err(|error| format!("line {}: {error}", at + 1))?;
        match line {
            Line::Entity {
                name,
                entity_type,
                observations,
            } => {
                graph.entities.push(Entity {
                    name,
                    entity_type,
                    observations,
                });
            }
            Line::Relation {
                from,
                to,
                relation_type,
            } => {
                graph.relations.push(Relation {
                    from,
                    to,
                    relation_type,
                });
            }
        }
    }
    Ok(graph)
}

pub fn write(graph: &Graph) -> String {
    let entities = graph.entities.iter().cloned().map(
        |Entity {
             name,
             entity_type,
             observations,
         }| Line::Entity {
            name,
            entity_type,
            observations,
        },
    );
    let relations = graph.relations.iter().cloned().map(
        |Relation {
             from,
             to,
             relation_type,
         }| Line::Relation {
            from,
            to,
            relation_type,
        },
    );
    let mut text = String::new();
    for line in entities.chain(relations) {
        text.push_str(&serde_json::to_string(&line).expect("strings and lists have a JSON form"));
        text.push('\n');
    }
    text
}
