import Foundation
import MartletCore

/// A page that a browser shows: it fetches nothing, and runs nothing but this program's own script.
struct WebPage: Sendable {
    let title: String
    /// Whose pages these are.
    let project: String
    /// After how many seconds it is asked for again; not at all where it is `nil`.
    var refreshSeconds: Int?
    let content: HTML

    /// Everything that a page may do: its own style and script, known by their digests, and asking this server again.
    static let policy =
        "default-src 'none'; style-src '\(hash(PageStyle.text))'; script-src '\(hash(PageScript.text))'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    func response(_ status: Int = 200) -> HTTPResponse {
        .bytes(status, Array(html.text.utf8), contentType: "text/html; charset=utf-8")
            .with("content-security-policy", Self.policy).withoutGuessing
    }

    private var html: HTML {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(title)</title>
        <style>\(HTML(stringLiteral: PageStyle.text))</style>
        \(refreshSeconds.map { "<noscript><meta http-equiv=\"refresh\" content=\"\($0)\"></noscript>\n" } ?? "" as HTML)</head>
        <body>
        <header><a href="/v1/runs">Runs</a> of <bdi>\(project)</bdi></header>
        <main data-refresh="\(refreshSeconds ?? 0)">
        \(content)</main>
        \(refreshSeconds == nil ? "" as HTML : "<script>\(HTML(stringLiteral: PageScript.text))</script>\n")</body>
        </html>

        """
    }

    /// As a policy names an inline text.
    private static func hash(_ text: String) -> String {
        "sha256-\(Data(Digest(of: text).bytes).base64EncodedString())"
    }
}

extension HTTPResponse {
    /// Taken for what it says that it is, kept nowhere, and never told to where a link leads.
    var withoutGuessing: HTTPResponse {
        with("x-content-type-options", "nosniff").with("cache-control", "no-store").with("referrer-policy", "no-referrer")
            .with("vary", "accept")
    }
}
