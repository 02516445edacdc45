//! A knowledge graph that stays on the drive.

mod lines;
mod store;

wit_bindgen::generate!({
    path: "wit",
    world: "memory",
    additional_derives: [PartialEq],
});

use exports::wassette_edge::memory::knowledge_graph::{
    Entity, Graph, Guest, Observations, Relation,
};
use std::collections::HashSet;

struct Component;

export!(Component);

impl Guest for Component {
    fn create_entities(entities: Vec<Entity>) -> Result<Vec<Entity>, String> {
        store::change(|graph| {
            let mut new = Vec::new();
            for entity in &entities {
                if entity.name.is_empty() {
                    return Err("an entity has no name".to_owned());
                }
                if find(graph, &entity.name).is_none() {
                    graph.entities.push(entity.clone());
                    new.push(entity.clone());
                }
            }
            Ok(new)
        })
    }

    fn create_relations(relations: Vec<Relation>) -> Result<Vec<Relation>, String> {
        store::change(|graph| {
            let mut new = Vec::new();
            for relation in &relations {
                for end in [&relation.from, &relation.to] {
                    find(graph, end).ok_or_else(|| missing(end))?;
                }
                if !graph.relations.contains(relation) {
                    graph.relations.push(relation.clone());
                    new.push(relation.clone());
                }
            }
            Ok(new)
        })
    }

    fn add_observations(additions: Vec<Observations>) -> Result<Vec<Observations>, String> {
        store::change(|graph| {
            let mut added = Vec::new();
            for Observations {
                entity_name,
                contents,
            } in &additions
            {
                let entity = find(graph, entity_name).ok_or_else(|| missing(entity_name))?;
                let mut new = Vec::new();
                for content in contents {
                    if !entity.observations.contains(content) {
                        entity.observations.push(content.clone());
                        new.push(content.clone());
                    }
                }
                added.push(Observations {
                    entity_name: entity_name.clone(),
                    contents: new,
                });
            }
            Ok(added)
        })
    }

    fn delete_entities(names: Vec<String>) -> Result<(), String> {
        store::change(|graph| {
            graph
                .entities
                .retain(|entity| !names.contains(&entity.name));
            graph.relations.retain(|relation| {
                !names.contains(&relation.from) && !names.contains(&relation.to)
            });
            Ok(())
        })
    }

    fn delete_observations(deletions: Vec<Observations>) -> Result<(), String> {
        store::change(|graph| {
            for Observations {
                entity_name,
                contents,
            } in &deletions
            {
                if let Some(entity) = find(graph, entity_name) {
                    entity
                        .observations
                        .retain(|observation| !contents.contains(observation));
                }
            }
            Ok(())
        })
    }

    fn delete_relations(relations: Vec<Relation>) -> Result<(), String> {
        store::change(|graph| {
            graph
                .relations
                .retain(|relation| !relations.contains(relation));
            Ok(())
        })
    }

    fn read_graph() -> Result<Graph, String> {
        store::read()
    }

    fn search_nodes(query: String) -> Result<Graph, String> {
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        part(|entity| {
            let mut text = format!("{}\n{}", entity.name, entity.entity_type);
            for observation in &entity.observations {
                text.push('\n');
                text.push_str(observation);
            }
            let text = text.to_lowercase();
            words.iter().all(|word| text.contains(word))
        })
    }

    fn open_nodes(names: Vec<String>) -> Result<Graph, String> {
        part(|entity| names.contains(&entity.name))
    }
}

fn find<'a>(graph: &'a mut Graph, name: &str) -> Option<&'a mut Entity> {
    graph.entities.iter_mut().find(|entity| entity.name == name)
}

fn missing(name: &str) -> String {
    format!("no entity is called {name:?}")
}

/// The chosen entities and the relations that touch one of them.
fn part(chosen: impl Fn(&Entity) -> bool) -> Result<Graph, String> {
    let Graph {
        mut entities,
        mut relations,
    } = store::read()?;
    entities.retain(chosen);
    let names: HashSet<&str> = entities.iter().map(|entity| entity.name.as_str()).collect();
    relations.retain(|relation| {
        names.contains(relation.from.as_str()) || names.contains(relation.to.as_str())
    });
    Ok(Graph {
        entities,
        relations,
    })
}
