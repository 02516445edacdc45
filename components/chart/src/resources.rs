//! Resources that clients read: tables to try the tools with, and the colours.

use crate::exports::wassette_edge::mcp::resources::{Contents, Guest, ResourceInfo, Template};
use crate::style::PALETTE;
use crate::wassette_edge::mcp::content::Body;
use crate::{Component, json};

const PALETTE_URI: &str = "chart://palette";
const CSV: &str = "text/csv";
const JSON: &str = "application/json";

struct Sample {
    uri: &'static str,
    name: &'static str,
    title: &'static str,
    description: &'static str,
    table: &'static str,
}

const SAMPLES: [Sample; 2] = [
    Sample {
        uri: "chart://samples/temperatures",
        name: "temperatures",
        title: "Temperatures of two cities",
        description: "Made-up monthly means in °C, for bars or lines: labels and two series",
        table: "month,Lisbon,Helsinki\nJan,11.6,-4.1\nFeb,12.5,-4.9\nMar,14.6,-1.2\nApr,15.9,4.4\n\
                May,18.3,10.8\nJun,21.4,15.3\nJul,23.5,18.1\nAug,23.9,16.6\nSep,22.2,11.7\n\
                Oct,18.9,6.3\nNov,14.7,1.6\nDec,12.3,-1.9\n",
    },
    Sample {
        uri: "chart://samples/expenses",
        name: "expenses",
        title: "A household's expenses",
        description: "Made-up amounts of a month in €, for a pie: labels and one series",
        table: "what,amount\nRent,980\nFood,420\nTransport,135\nInsurance,110\nClothes,75\nOther,160\n",
    },
];

impl Guest for Component {
    fn list_resources() -> Result<Vec<ResourceInfo>, String> {
        let info =
            |uri: &str, name: &str, title: &str, description: &str, mime_type: &str, size| {
                ResourceInfo {
                    uri: uri.to_owned(),
                    name: name.to_owned(),
                    title: Some(title.to_owned()),
                    description: Some(description.to_owned()),
                    mime_type: Some(mime_type.to_owned()),
                    size: Some(size),
                    annotations: None,
                }
            };
        let sample = |Sample {
                          uri,
                          name,
                          title,
                          description,
                          table,
                      }: &Sample| {
            info(uri, name, title, description, CSV, table.len() as u64)
        };
        let mut list: Vec<ResourceInfo> = SAMPLES.iter().map(sample).collect();
        let (title, description) = (
            "Colours",
            "The colours of series and slices, in their order",
        );
        list.push(info(
            PALETTE_URI,
            "palette",
            title,
            description,
            JSON,
            palette().len() as u64,
        ));
        Ok(list)
    }

    fn list_templates() -> Result<Vec<Template>, String> {
        Ok(vec![])
    }

    fn read_resource(uri: String) -> Result<Option<Vec<Contents>>, String> {
        let sample = SAMPLES.iter().find(|sample| sample.uri == uri);
        let (mime_type, text) = match sample {
            Some(sample) => (CSV, sample.table.to_owned()),
            None if uri == PALETTE_URI => (JSON, palette()),
            None => return Ok(None),
        };
        Ok(Some(vec![Contents {
            uri,
            mime_type: Some(mime_type.to_owned()),
            body: Body::Text(text),
        }]))
    }
}

fn palette() -> String {
    let colours = PALETTE.iter().map(|(name, colour)| {
        let [red, green, blue] = colour.0;
        let hex = format!("#{red:02x}{green:02x}{blue:02x}");
        json::object(&[("name", json::string(name)), ("colour", json::string(&hex))])
    });
    json::array(colours)
}
