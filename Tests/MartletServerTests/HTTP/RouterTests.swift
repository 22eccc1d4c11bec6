import MartletCore
import Testing

@testable import MartletServer

struct RouterTests {
    private func router(_ routes: (HTTPRequest.Method, String)...) -> Router {
        var router = Router()
        for (method, template) in routes { router.on(method, template) { _, _ in .text(200, template) } }
        return router
    }

    private func match(_ router: Router, _ method: HTTPRequest.Method, _ target: String) throws -> RouteTable.Match {
        router.table.match(method, try RequestTarget(parsing: target))
    }

    private func template(_ match: RouteTable.Match) -> String? {
        guard case .route(let route, _) = match else { return nil }
        return route.template
    }

    private func parameters(_ match: RouteTable.Match) -> RouteParameters? {
        guard case .route(_, let parameters) = match else { return nil }
        return parameters
    }

    private func answer(_ router: Router, _ method: HTTPRequest.Method, _ target: String) throws -> HTTPResponse? {
        let target = try RequestTarget(parsing: target)
        switch router.table.match(method, target) {
        case .route: return nil
        case .methodRefused(let allowed): return router.table.answer(to: method, target.path, allowed: allowed)
        case .unknown(let nearest): return router.table.answer(toUnknown: target.path, nearest: nearest)
        }
    }

    @Test func `parameters take the values of the path`() throws {
        let match = try match(router((.post, "/v2/models/{name}/versions/{version}")), .post, "/v2/models/demand/versions/3")
        #expect(try parameters(match)?.value("version", as: Int.self) == 3)
    }

    @Test func `a parameter of another type is refused by name`() {
        let parameters = RouteParameters(["version": "three"])
        #expect { try parameters.value("version", as: Int.self) } throws: { error in
            "\(error)" == "path parameter 'version': expected Int, found 'three'"
        }
    }

    @Test func `a parameter that the template lacks is named`() {
        #expect { try RouteParameters(["a": "1"]).string("b") } throws: { ($0 as? MartletError)?.code == .notFound }
    }

    @Test func `a literal is preferred to a parameter that came first`() throws {
        let router = router((.get, "/a/{x}"), (.get, "/a/b"))
        #expect(template(try match(router, .get, "/a/b")) == "/a/b")
    }

    @Test func `a literal of another method leaves the way to a parameter`() throws {
        let router = router((.post, "/a/b"), (.get, "/a/{x}"))
        #expect(template(try match(router, .get, "/a/b")) == "/a/{x}")
    }

    @Test func `a dead end goes back to a parameter above`() throws {
        let router = router((.get, "/a/b/c"), (.get, "/a/{x}/d"))
        #expect(template(try match(router, .get, "/a/b/d")) == "/a/{x}/d")
    }

    @Test func `a rest takes all that is left`() throws {
        let match = try match(router((.get, "/files/{path...}")), .get, "/files/a/b/c")
        #expect(parameters(match)?["path"] == "a/b/c")
    }

    @Test func `a rest wants at least one part`() throws {
        #expect(template(try match(router((.get, "/files/{path...}")), .get, "/files")) == nil)
    }

    @Test func `HEAD is answered by the route of GET`() throws {
        #expect(template(try match(router((.get, "/a")), .head, "/a")) == "/a")
    }

    @Test func `a parameter takes what is encoded, decoded and whole`() throws {
        let match = try match(router((.get, "/models/{name}/infer")), .get, "/models/caf%C3%A9%2Fbar/infer")
        #expect(parameters(match)?["name"] == "café/bar")
    }

    @Test func `an encoded literal is the literal`() throws {
        #expect(template(try match(router((.get, "/a/b")), .get, "/%61/b")) == "/a/b")
    }

    @Test func `another method is told which are allowed`() throws {
        let router = router((.get, "/a/{x}"), (.put, "/a/b"))
        #expect(try answer(router, .delete, "/a/b")?.headers["allow"] == "GET, HEAD, OPTIONS, PUT")
    }

    @Test func `another method is refused with 405`() throws {
        #expect(try answer(router((.post, "/a")), .get, "/a")?.status == 405)
    }

    @Test func `OPTIONS is answered with what is allowed`() throws {
        let response = try answer(router((.post, "/a")), .options, "/a")
        #expect(response?.status == 204)
        #expect(response?.headers["allow"] == "OPTIONS, POST")
    }

    @Test func `OPTIONS of the whole server is answered`() throws {
        #expect(try answer(router((.post, "/a")), .options, "*")?.status == 204)
    }

    @Test func `an unknown path is told the nearest route`() throws {
        let router = router((.post, "/v2/models/{name}/infer"), (.get, "/v2/health/live"))
        let expected = "there is no route '/v2/modles/demand/infer'; the nearest route is POST /v2/models/{name}/infer"
        #expect(try answer(router, .post, "/v2/modles/demand/infer")?.body.bytes == Array(#"{"error":"\#(expected)"}"#.utf8))
    }

    @Test func `a path like no route is told so only`() throws {
        let response = try answer(router((.get, "/v2/health")), .get, "/qqqqqqqq")
        #expect(response?.body.bytes == Array(#"{"error":"there is no route '/qqqqqqqq'"}"#.utf8))
    }
}
