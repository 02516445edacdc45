//! Text statistics and ranking, without imports.

mod ranking;
mod statistics;
mod words;

wit_bindgen::generate!({ path: "wit", world: "text-stats" });

struct Component;

export!(Component);

impl Guest for Component {
    fn analyze(text: String) -> Stats {
        statistics::analyze(&text)
    }

    fn rank(documents: Vec<Document>, options: RankOptions) -> Vec<RankedDocument> {
        ranking::rank(&documents, &options)
    }
}
