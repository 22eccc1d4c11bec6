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
    // Longer than a busy machine may let a client wait before it reads a last answer.
    configuration.lingerTimeout = .seconds(30)
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

/// Where the handlers of a test's router run.
enum HandlerPlace: CaseIterable {
    case pool
    case connectionThread
    /// On the connection's thread, without a task.
    case immediate
    /// The same, but for what it leaves to a task.
    case staged
}

/// A router whose `POST /echo` answers with the body, and `GET /echo/{text}` with the parameter.
func echoRouter(calls: Tally = Tally(), place: HandlerPlace = .pool) -> Router {
    let echoBody: ImmediateRouteHandler = { request, _ in
        calls.add()
        return .bytes(200, request.body, contentType: "application/octet-stream")
    }
    let echoText: ImmediateRouteHandler = { _, parameters in
        calls.add()
        return .text(200, try parameters.string("text"))
    }
    var router = Router()
    switch place {
    case .immediate:
        router.onConnectionThread(.post, "/echo", echoBody)
        router.onConnectionThread(.get, "/echo/{text}", echoText)
    case .staged:
        router.staged(.post, "/echo") { request, parameters in .later { try echoBody(request, parameters) } }
        router.staged(.get, "/echo/{text}") { .now(try echoText($0, $1)) }
    case .pool, .connectionThread:
        let start = place == .pool ? Route.Start.pool : .connectionThread
        router.on(.post, "/echo", start: start) { try echoBody($0, $1) }
        router.on(.get, "/echo/{text}", start: start) { try echoText($0, $1) }
    }
    return router
}
