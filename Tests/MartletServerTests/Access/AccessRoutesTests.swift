import Foundation
import MartletCore
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@testable import MartletServer

/// What a server lets in and what it refuses, asked over connections.
struct AccessRoutesTests {
    private static let boss = AccessStore.Actor("boss")

    private struct Asker {
        let client: HTTPClient
        let authorization: String?

        func post(_ path: String, _ body: JSONValue) async throws -> (status: Int, body: JSONValue) {
            try await send(.post, path, Array(body.canonicalText.utf8))
        }

        func get(_ path: String) async throws -> (status: Int, body: JSONValue) { try await send(.get, path, []) }

        private func send(_ method: HTTPRequest.Method, _ path: String, _ body: [UInt8]) async throws -> (status: Int, body: JSONValue) {
            var headers: HeaderFields = ["content-type": "application/json"]
            if let authorization { headers["authorization"] = authorization }
            let answer = try await client.send(method, "/api/2.0/mlflow/" + path, headers: headers, body: body)
            return (answer.status, try JSONValue(parsing: answer.body, as: path))
        }
    }

    /// Runs a body with a server whose administrator has one experiment, 1, with one run.
    private func withServer(_ body: (AccessStore, (String?) -> Asker, _ run: String) async throws -> Void) async throws {
        try await withTrackingStores { stores in
            let (store, access) = (stores.tracking, stores.access)
            try await access.addUser("boss", password: "the boss's own", isAdministrator: true, by: Self.boss)
            let experiment = try await store.createExperiment(name: "e")
            let run = try await store.createRun(RunDraft(experiment: experiment, name: "r", startedAt: 0)).info.id
            var router = Router()
            TrackingRoutes(stores).add(to: &router)
            try await withTestServer(router) { server in
                try await HTTPClient.withClient(server.address) { client in
                    try await body(access, { Asker(client: client, authorization: $0) }, run)
                }
            }
        }
    }

    private func basic(_ name: String, _ password: String) -> String {
        "Basic " + Data("\(name):\(password)".utf8).base64EncodedString()
    }

    private func token(_ access: AccessStore, _ name: String, _ role: Role) async throws -> String {
        try await access.addUser(name, password: nil, role: role, by: Self.boss)
        return "Bearer " + (try await access.addToken(of: name, label: "", by: Self.boss)).secret
    }

    @Test func `nobody is let in without saying who they are`() async throws {
        try await withServer { _, asker, _ in
            let answer = try await asker(nil).post("experiments/search", ["max_results": 1])
            #expect(answer.status == 401)
            #expect(answer.body["error_code"] == "UNAUTHENTICATED")
            #expect(try await asker(basic("boss", "guessed wrongly")).get("experiments/get?experiment_id=1").status == 401)
            #expect(try await asker(basic("boss", "the boss's own")).get("experiments/get?experiment_id=1").status == 200)
        }
    }

    @Test func `readers read and do not write`() async throws {
        try await withServer { access, asker, run in
            let reader = asker(try await token(access, "ann", .read))
            #expect(try await reader.get("runs/get?run_id=\(run)").status == 200)
            let refused = try await reader.post("runs/set-tag", ["run_id": .string(run), "key": "k", "value": "v"])
            #expect(refused.status == 403)
            #expect(refused.body["error_code"] == "PERMISSION_DENIED")
            #expect(try await reader.post("experiments/create", ["name": "mine"]).status == 403)
            #expect(try await reader.post("runs/create", ["experiment_id": "1"]).status == 403)
        }
    }

    @Test func `writers write and do not delete experiments`() async throws {
        try await withServer { access, asker, run in
            let writer = asker(try await token(access, "ann", .write))
            #expect(try await writer.post("runs/set-tag", ["run_id": .string(run), "key": "k", "value": "v"]).status == 200)
            #expect(try await writer.post("experiments/delete", ["experiment_id": "1"]).status == 403)
        }
    }

    @Test func `who makes an experiment is its administrator`() async throws {
        try await withServer { access, asker, _ in
            let writer = asker(try await token(access, "ann", .write))
            let made = try await writer.post("experiments/create", ["name": "mine"]).body["experiment_id"]?.string
            #expect(try await writer.post("experiments/delete", ["experiment_id": .string(try #require(made))]).status == 200)
        }
    }

    @Test func `what somebody may not read is not found by searching either`() async throws {
        try await withServer { access, asker, run in
            let stranger = asker(try await token(access, "eve", .none))
            #expect(try await stranger.get("runs/get?run_id=\(run)").status == 404)
            #expect(try await stranger.post("experiments/search", ["max_results": 10]).body["experiments"] == nil)
            #expect(try await stranger.post("runs/search", ["experiment_ids": ["1"]]).body["runs"] == nil)
            try await access.grant(.read, to: "eve", on: .experiment(1), by: Self.boss)
            #expect(try await stranger.post("experiments/search", ["max_results": 10]).body["experiments"]?.array?.count == 1)
            #expect(try await stranger.post("runs/search", ["experiment_ids": ["1"]]).body["runs"]?.array?.count == 1)
        }
    }

    /// Each names the foreign experiment where the endpoint reads it, and something of their own where only the gate might look.
    @Test func `naming something of one's own besides does not open what is another's`() async throws {
        try await withServer { access, asker, run in
            let eve = asker(try await token(access, "eve", .none))
            try await access.grant(.admin, to: "eve", on: .experiment(0), by: Self.boss)
            let attempts: [(String, JSONValue)] = [
                ("experiments/delete", ["experiment_id": "1", "experiment_name": "Default"]),
                ("experiments/update", ["experiment_id": "1", "new_name": "x", "experiment_name": "none"]),
                ("runs/create", ["experiment_id": "1", "experiment_name": "none"]),
                ("runs/set-tag", ["run_id": .string(run), "run_uuid": "none", "key": "k", "value": "v"]),
                ("logged-models", ["experiment_id": "1", "experiment_name": "Default"]),
                ("traces", ["experiment_id": "1", "experiment_name": "none"]),
                ("traces/delete-traces", ["experiment_id": "1", "experiment_name": "none", "max_timestamp_millis": 1]),
            ]
            for (path, body) in attempts { #expect(try await eve.post(path, body).status == 404, "\(path)") }
        }
    }

    @Test func `names that look the same are not the same model`() {
        let principal = Principal(name: "eve", role: .write, grants: [.model("cafe\u{301}"): .admin])
        #expect(principal.role(on: .model("cafe\u{301}")) == .admin)
        #expect(principal.role(on: .model("caf\u{E9}")) == .write)
    }

    @Test func `no endpoint answers somebody who does not say who they are`() async throws {
        try await withTrackingStores { stores in
            try await stores.access.addUser("boss", password: nil, isAdministrator: true, by: Self.boss)
            var router = Router()
            let routes = TrackingRoutes(stores)
            routes.add(to: &router)
            try await withTestServer(router) { server in
                try await HTTPClient.withClient(server.address) { client in
                    for endpoint in routes.endpoints {
                        let path = endpoint.path.replacing("{", with: "").replacing("}", with: "")
                        let target = "/ajax-api/\(endpoint.version.rawValue)/mlflow/\(path)"
                        let status = try await client.send(endpoint.method.http, target).status
                        #expect(status == 401, "\(target)")
                    }
                }
            }
        }
    }
}
