import MartletCore
import MartletServer
import Synchronization

/// A server on a free port of this machine for as long as `body` runs.
func withTestServer<Result>(
    _ router: Router, metrics: MetricsRegistry = MetricsRegistry(), host: String = "127.0.0.1",
    configure: (inout HTTPServerConfiguration) -> Void = { _ in }, failures: Failures = Failures(),
    _ body: (RunningHTTPServer) async throws -> Result
) async throws -> Result {
    var configuration = HTTPServerConfiguration()
    configuration.address = ServerAddress(host: host, port: 0)
    configure(&configuration)
    let server = HTTPServer(configuration: configuration, router: router, metrics: metrics) { failures.add($0) }
    return try await server.withServer(body)
}

/// The failures that a server reported.
final class Failures: Sendable {
    private let reported = Mutex<[HTTPFailure]>([])

    var all: [HTTPFailure] { reported.withLock { $0 } }

    func add(_ failure: HTTPFailure) { reported.withLock { $0.append(failure) } }
}

/// How often something happened.
final class Tally: Sendable {
    private let number = Mutex(0)

    var count: Int { number.withLock { $0 } }

    @discardableResult
    func add() -> Int {
        number.withLock { number in
            number += 1
            return number
        }
    }
}

/// A router whose `POST /echo` answers with the body, and `GET /echo/{text}` with the parameter.
func echoRouter(calls: Tally = Tally(), start: Route.Start = .pool) -> Router {
    var router = Router()
    router.on(.post, "/echo", start: start) { request, _ in
        calls.add()
        return .bytes(200, request.body, contentType: "application/octet-stream")
    }
    router.on(.get, "/echo/{text}", start: start) { _, parameters in
        calls.add()
        return .text(200, try parameters.string("text"))
    }
    return router
}
