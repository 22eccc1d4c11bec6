import MartletCore
import Testing

@testable import MartletServer

struct WebPageGuardTests {
    @Test(
        arguments: [
            "localhost", "LOCALHOST:5000", "127.0.0.1:1", "127.8.0.1", "0.0.0.0:5000", "[::1]:5000", "10.0.0.7", "172.16.0.1:80",
            "172.31.9.9", "192.168.1.20:5000", "[fd00::7]:5000", "mlflow.example:5000", "mlflow.example", "a.team.example",
            "b.c.team.example:1",
            "[2001:db8::7]:5000", "ci.example:81",
        ])
    func `this machine, private addresses and what was allowed are let through`(host: String) {
        #expect(AllowedHosts(["MLflow.example", "*.team.example", "2001:db8::7", "ci.example:81"]).allow(host))
    }

    @Test(
        arguments: [
            nil, "", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.evil.example", "10.1", "172.32.0.1",
            "8.8.8.8:5000", "[2001:db8::8]", "team.example", "mlflow.example.evil.example", "mlflow.example@evil.example", "ci.example:82",
            "localhost:x", "[::1", "localhost.", "mlflow.example:5000/x",
        ])
    func `any other name is not`(host: String?) {
        #expect(!AllowedHosts(["mlflow.example", "*.team.example", "2001:db8::7", "ci.example:81"]).allow(host))
    }

    @Test(arguments: ["evil.example", "8.8.8.8", "", nil])
    func `a star allows everything`(host: String?) { #expect(AllowedHosts(["*"]).allow(host)) }

    @Test(arguments: [("a*c*e", "abcde", true), ("a*c*e", "ace", true), ("a*a", "a", false), ("a*c*e", "aec", false), ("*b*", "abc", true)])
    func `a star stands for anything between`(pattern: String, host: String, isCovered: Bool) {
        #expect(AllowedHosts([pattern]).allow(host) == isCovered)
    }

    private func status(_ method: String, _ path: String, _ fields: String) async throws -> (Int, String) {
        var found: (Int, String) = (0, "")
        try await withTrackingStores { stores in
            var router = Router()
            TrackingRoutes(stores, allowedHosts: AllowedHosts(["t.example"])).add(to: &router)
            try await withTestServer(router) { server in
                try await RawConnection.with(server.address) { client in
                    try await client.send("\(method) \(path) HTTP/1.1\r\n\(fields)content-length: 0\r\n\r\n")
                    let answer = try await client.response()
                    found = (answer.status, answer.body)
                }
            }
        }
        return found
    }

    @Test(arguments: ["/api/2.0/mlflow/experiments/get?experiment_id=0", "/none", "/v1/traces"])
    func `a page whose name was made to lead here gets nothing`(path: String) async throws {
        let answer = try await status("GET", path, "Host: evil.example\r\n")
        #expect(answer == (403, "Invalid Host header - possible DNS rebinding attack detected"))
    }

    @Test(arguments: ["/health", "/version"])
    func `whether the server lives is told to everybody`(path: String) async throws {
        #expect(try await status("GET", path, "Host: evil.example\r\n").0 == 200)
    }

    @Test(
        arguments: [
            ("/v1/traces", "POST"), ("/api/2.0/mlflow/runs/create", "POST"), ("/api/2.0/mlflow-artifacts/artifacts/x", "PUT"),
            ("/api/2.0/mlflow-artifacts/artifacts/x", "DELETE"),
        ])
    func `a page of another server changes nothing`(path: String, method: String) async throws {
        let answer = try await status(method, path, "Host: t.example\r\nOrigin: https://evil.example\r\n")
        #expect(answer == (403, "Cross-origin request blocked"))
    }

    @Test func `a page of this server may change things`() async throws {
        let answer = try await status("POST", "/api/2.0/mlflow/runs/create", "Host: t.example:5000\r\nOrigin: https://t.example:5000\r\n")
        #expect(answer.0 == 400, "it is read, and has no content type")
    }
}
