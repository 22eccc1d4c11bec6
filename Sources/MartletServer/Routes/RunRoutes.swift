import MartletCore
import MartletPipeline
import MartletPlatform
import MartletRegistry

/// The runs of a project, as pages for browsers and as JSON for all others, and what steps said.
///
/// With users, they are for those who may read the project's records.
struct RunRoutes: Sendable {
    /// The runs of one list, where nobody says how many, and at most.
    static let (listCount, listCountMax) = (50, 200)

    private let history: RunHistory
    private let gate: ProjectGate
    private let now: @Sendable () -> Timestamp

    init(_ history: RunHistory, _ gate: ProjectGate, now: @escaping @Sendable () -> Timestamp = { .now }) {
        (self.history, self.gate, self.now) = (history, gate, now)
    }

    func add(to router: inout Router) {
        for path in ["/v1/runs", "/v1/runs.json"] {
            router.on(.get, path) { request, _ in
                try await answer(request) { isPage in try await list(request, isPage: isPage) }
            }
        }
        router.on(.get, "/v1/runs/{run}") { request, parameters in
            try await answer(request) { isPage in try await run(request, try parameters.string("run"), isPage: isPage) }
        }
        router.on(.get, "/v1/runs/{run}/log") { request, parameters in
            try await answer(request) { _ in try await log(request, try parameters.string("run")) }
        }
    }

    // MARK: Who and how

    /// Answers those who may ask; what is refused is a page too where one was asked for.
    private func answer(_ request: HTTPRequest, _ body: (Bool) async throws -> HTTPResponse) async throws -> HTTPResponse {
        let isPage = Self.isPage(request)
        do {
            try await gate.check(gate.principal(request), .read, "the runs of project '\(history.project.name)'")
            return try await body(isPage)
        } catch let fault as TrackingFault {
            return isPage ? refusal(fault.inferenceResponse, fault.message) : fault.inferenceResponse.withoutGuessing
        } catch let error as MartletError {
            let failure = HTTPResponse.failure(error)
            // What is the server's own fault is told by the server.
            guard isPage, failure.status != 500 else { throw error }
            return refusal(failure, error.message)
        }
    }

    /// The same refusal for people. What a browser must be told, such as how to sign in, stays.
    private func refusal(_ response: HTTPResponse, _ message: String) -> HTTPResponse {
        let page = WebPage(title: "Refused", project: history.project.name, content: "<h1>\(response.status)</h1>\n<p>\(message)</p>\n")
        return ["www-authenticate", "retry-after"].reduce(page.response(response.status)) { page, name in
            response.headers[name].map { page.with(name, $0) } ?? page
        }
    }

    /// Browsers ask for HTML by name; programs that take anything get JSON, as everywhere.
    private static func isPage(_ request: HTTPRequest) -> Bool {
        guard !request.path.hasSuffix(".json") else { return false }
        return request.headers.values("accept").joined(separator: ",").lowercased().contains("text/html")
    }

    // MARK: What

    private func list(_ request: HTTPRequest, isPage: Bool) async throws -> HTTPResponse {
        let limit = try Self.number(request, "limit", in: 1...Self.listCountMax) ?? Self.listCount
        let found = try await history.runs(before: request.query("before"), limit: limit + 1)
        let runs = found.prefix(limit)
        let next = found.count > limit ? runs.last?.id : nil
        guard isPage else {
            let json: JSONValue = ["runs": .array(runs.map(\.json)), "next": next.map(JSONValue.string) ?? .null]
            return HTTPResponse.json(200, json).withoutGuessing
        }
        var entries: [RunListPage.Entry] = []
        for run in runs { entries.append(RunListPage.Entry(run: run, tally: try await history.tally(run))) }
        return RunListPage(
            project: history.project.name, entries: entries, prices: history.project.prices, next: next, now: now()
        ).page.response()
    }

    private func run(_ request: HTTPRequest, _ name: String, isPage: Bool) async throws -> HTTPResponse {
        let id = name.hasSuffix(".json") ? String(name.dropLast(5)) : name
        let first = try Self.number(request, "from", in: 0...Int.max) ?? 0
        let account = try await history.account(id, attemptCountMax: RunHistory.attemptCountMax)
        guard isPage else { return HTTPResponse.json(200, account.json).withoutGuessing }
        return RunPage(
            project: history.project.name, account, history.sources, prices: history.project.prices, first: first, now: now(),
            hasLog: history.hasLog
        ).page.response()
    }

    /// Plain text that no browser takes for a page, whatever it says.
    private func log(_ request: HTTPRequest, _ run: String) async throws -> HTTPResponse {
        guard let step = request.query("step"), !step.isEmpty else {
            throw MartletError(.invalidInput, "query item 'step': expected a step, or an instance of it, found none")
        }
        let number = try Self.number(request, "attempt", in: 1...Int.max)
        let size = try Self.number(request, "tail", in: 1...RunHistory.logSizeMaxBytes) ?? RunHistory.logSizeBytes
        let bytes = try await history.log(run: run, step: step, number: number, sizeMaxBytes: size)
        return HTTPResponse.bytes(200, bytes, contentType: "text/plain; charset=utf-8")
            .with("content-security-policy", "default-src 'none'; sandbox").withoutGuessing
    }

    private static func number(_ request: HTTPRequest, _ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let number = try request.query(name, as: Int.self) else { return nil }
        guard range.contains(number) else {
            let bounds = range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
            throw MartletError(.invalidInput, "query item '\(name)': expected \(bounds), found \(number)")
        }
        return number
    }
}
