import MartletCore
import Testing

@testable import MartletServer

struct RouterGuardTests {
    private static func routes() -> Router {
        var router = Router()
        router.onConnectionThread(.get, "/now") { _, _ in .text(200, "now") }
        router.staged(.get, "/staged/{name}") { _, parameters in
            let name = try parameters.string("name")
            return .later { .text(200, name) }
        }
        router.on(.get, "/pool") { _, _ in .text(200, "pool") }
        router.onConnectionThread(.get, "/open") { _, _ in .text(200, "open") }
        return router
    }

    private func status(_ target: String, _ admission: Admission) async throws -> Int {
        let keeper: Router.Guard = { _, _ in admission }
        let router = Self.routes().guarded { template in template == "/open" ? nil : keeper }
        return try await withTestServer(router) { server in
            try await HTTPClient.withClient(server.address) { client in try await client.send(.get, target).status }
        }
    }

    @Test(arguments: ["/now", "/staged/a", "/pool"])
    func `a guarded route answers those who are admitted, at once or when asked, and nobody else`(target: String) async throws {
        #expect(try await status(target, .admitted) == 200)
        #expect(try await status(target, .asking { nil }) == 200)
        #expect(try await status(target, .refused(.text(403, "no"))) == 403)
        #expect(try await status(target, .asking { .text(401, "no") }) == 401)
    }

    @Test func `a route without a guard answers everybody`() async throws {
        #expect(try await status("/open", .refused(.text(403, "no"))) == 200)
    }
}
