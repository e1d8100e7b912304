//! The page in each language. It has nothing of the device's state, which the script gets from the
//! stream of events.

use maud::{DOCTYPE, Markup, html};

use crate::http::language::{Language, TEXTS};

/// The page that shows everything.
pub(super) fn live(language: Language) -> String {
    let text = |key| language.text(key);
    let content = html! {
        header {
            h1 { "Cardsight" span #name {} }
            nav {
                @for other in Language::ALL {
                    a href={ "/?lang=" (other.code()) } lang=(other.code())
                        aria-current=[(other == language).then_some("true")] { (other.name()) }
                }
            }
        }
        noscript { p.notice { (text("no_script")) } }
        p #notice .notice hidden role="alert" {}
        main data-texts=(texts(language)) {
            section.picture {
                figure {
                    img #picture alt=(text("picture"));
                    svg #outlines aria-hidden="true" preserveAspectRatio="none" {}
                    p #waiting { (text("waiting")) }
                }
                div.figures {
                    div {
                        div.heading {
                            h2 { (text("focus")) " " output #focus { "–" } }
                            button #reset type="button" { (text("reset")) }
                        }
                        div.bar { i #focus-bar {} b #focus-best {} }
                        p.hint { (text("focus_help")) }
                    }
                    div {
                        div.heading { h2 { (text("exposure")) " " output #exposure { "–" } } }
                        div.bar.exposure { b #exposure-mark {} }
                        p.hint #exposure-hint {}
                    }
                }
            }
            section {
                h2 { (text("cards")) }
                p #state .state {}
                ul #cards {}
                h2 { (text("leds")) }
                ul #leds {}
            }
            section {
                h2 { (text("device")) }
                dl #device {}
            }
            section.events {
                h2 { (text("events")) }
                ol #events {}
            }
        }
        script src="/page.js" {}
    };
    document(language, &content)
}

/// The form that asks for the token.
pub(super) fn login(language: Language, is_wrong: bool) -> String {
    let text = |key| language.text(key);
    let content = html! {
        main.login {
            h1 { "Cardsight" }
            form method="post" action={ "/login?lang=" (language.code()) } {
                label for="token" { (text("token")) }
                input #token name="token" type="password" autocomplete="current-password"
                    required autofocus;
                @if is_wrong { p.notice role="alert" { (text("wrong_token")) } }
                p.hint { (text("token_help")) }
                button type="submit" { (text("login")) }
            }
        }
    };
    document(language, &content)
}

fn document(language: Language, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Cardsight – " (language.text("title")) }
                link rel="stylesheet" href="/page.css";
            }
            body { (content) }
        }
    };
    page.into_string()
}

/// All texts as JSON, for the script.
fn texts(language: Language) -> String {
    let texts = TEXTS.iter().map(|(key, ..)| ((*key).to_owned(), language.text(key).into()));
    serde_json::Value::Object(texts.collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_use_no_resource_from_elsewhere_and_no_script_of_their_own() {
        for language in Language::ALL {
            for page in [live(language), login(language, true)] {
                assert!(page.contains(&format!("<html lang=\"{}\">", language.code())));
                assert!(!page.contains("http://") && !page.contains("https://"), "{page}");
                assert!(!page.contains("style=") && !page.contains("onclick"), "{page}");
            }
        }
        assert!(live(Language::Thai).contains("โฟกัส"));
        assert!(login(Language::English, true).contains("This token is wrong"));
        assert!(!login(Language::English, false).contains("This token is wrong"));
    }
}
