/// The pages that MLflow's server has where there is no answer. Its clients take a 404 that is no JSON for an endpoint that is not there.
extension HTTPResponse {
    private static func page(_ status: Int, _ title: String, _ text: String) -> HTTPResponse {
        let html = "<!doctype html>\n<html lang=en>\n<title>\(status) \(title)</title>\n<h1>\(title)</h1>\n<p>\(text)</p>\n"
        return .bytes(status, Array(html.utf8), contentType: "text/html; charset=utf-8").with("x-content-type-options", "nosniff")
    }

    static let badRequestPage = page(400, "Bad Request", "The browser (or proxy) sent a request that this server could not understand.")

    static let rangeRefusedPage = page(416, "Requested Range Not Satisfiable", "The server cannot provide the requested range.")

    static let unmatchedPage = UnmatchedPage(
        unknown: page(
            404, "Not Found",
            "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again."),
        methodRefused: page(405, "Method Not Allowed", "The method is not allowed for the requested URL."))
}
