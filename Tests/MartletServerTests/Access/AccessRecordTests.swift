import Foundation
import MartletCore
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@testable import MartletServer

/// What goes on record of those who ask a server, and what an administrator said in advance, asked over connections.
struct AccessRecordTests {
    private static let boss = AccessStore.Actor("boss")

    private struct Asker {
        let client: HTTPClient
        let authorization: String

        func send(_ method: HTTPRequest.Method, _ path: String, _ body: JSONValue? = nil) async throws -> HTTPResponse {
            let headers: HeaderFields = ["content-type": "application/json", "authorization": authorization]
            return try await client.send(method, path, headers: headers, body: body.map { Array($0.canonicalText.utf8) } ?? [])
        }

        func post(_ path: String, _ body: JSONValue) async throws -> HTTPResponse {
            try await send(.post, "/api/2.0/mlflow/\(path)", body)
        }
    }

    /// Runs a body with a server that has an administrator, and a way to ask it as a user with a role.
    private func withServer(_ body: (TrackingStores, (_ name: String, Role) async throws -> Asker) async throws -> Void) async throws {
        try await withTrackingStores { try await serve($0, body) }
    }

    private func serve(
        _ stores: TrackingStores, _ body: (TrackingStores, (_ name: String, Role) async throws -> Asker) async throws -> Void
    ) async throws {
        let access = stores.access
        try await access.addUser("boss", password: nil, isAdministrator: true, by: Self.boss)
        var router = Router()
        TrackingRoutes(stores).add(to: &router)
        try await withTestServer(router) { server in
            try await HTTPClient.withClient(server.address) { client in
                try await body(stores) { name, role in
                    try await access.addUser(name, password: nil, role: role, by: Self.boss)
                    let token = try await access.addToken(of: name, label: "", by: Self.boss)
                    return Asker(client: client, authorization: "Bearer " + token.secret)
                }
            }
        }
    }

    private func lines(_ stores: TrackingStores, _ actions: Set<String>) async throws -> [String] {
        try await stores.access.events(limit: 100).filter { actions.contains($0.action) }
            .map { "\($0.user) at \($0.address): \($0.action) \($0.subject)" }
    }

    // MARK: The record

    @Test func `what somebody is refused is on record, once a minute`() async throws {
        try await withServer { stores, asker in
            let reader = try await asker("ann", .read)
            for _ in 0..<3 { #expect(try await reader.post("runs/create", ["experiment_id": "0"]).status == 403) }
            _ = try await reader.send(.put, "/api/2.0/mlflow-artifacts/artifacts/0/x")
            let found = try await lines(stores, ["denied"])
            #expect(found == ["ann at 127.0.0.1: denied write on experiment 0"])
        }
    }

    @Test func `deletions are on record, with who and from where`() async throws {
        try await withServer { stores, asker in
            let admin = try await asker("ann", .admin)
            let run = try await stores.tracking.createRun(RunDraft(experiment: 0)).info.id
            _ = try await stores.models.createModel("m")
            #expect(try await admin.post("runs/delete", ["run_id": .string(run)]).status == 200)
            #expect(try await admin.send(.delete, "/api/2.0/mlflow/registered-models/delete", ["name": "m"]).status == 200)
            #expect(try await admin.send(.put, "/api/2.0/mlflow-artifacts/artifacts/0/x").status == 200)
            #expect(try await admin.send(.delete, "/api/2.0/mlflow-artifacts/artifacts/0/x").status == 200)
            let found = try await lines(stores, ["deleted"])
            #expect(
                found == ["artifact '0/x'", "model 'm'", "run \(run)"].map { "ann at 127.0.0.1: deleted \($0)" })
        }
    }

    @Test func `what is refused to be deleted is not on record as deleted`() async throws {
        try await withServer { stores, asker in
            let admin = try await asker("ann", .admin)
            #expect(try await admin.post("runs/delete", ["run_id": "none"]).status == 404)
            let found = try await lines(stores, ["deleted"])
            #expect(found.isEmpty)
        }
    }

    @Test func `what cannot go on record is done and refused as ever, and told of once`() async throws {
        try await withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            try await DatabaseKind.sqlite.withDatabase { database in
                let told = Gathering<String>()
                try await serve(try await TrackingStores(database, home: home, report: { told.add($0) })) { stores, asker in
                    let (ann, eve) = (try await asker("ann", .admin), try await asker("eve", .read))
                    let run = try await stores.tracking.createRun(RunDraft(experiment: 0)).info.id
                    #expect(try await ann.send(.put, "/api/2.0/mlflow-artifacts/artifacts/0/x").status == 200)
                    try await database.write {
                        try $0.execute("CREATE TRIGGER full BEFORE INSERT ON access_events BEGIN SELECT RAISE(ABORT, 'full'); END")
                    }
                    #expect(try await ann.post("runs/delete", ["run_id": .string(run)]).status == 200)
                    #expect(try await ann.send(.delete, "/api/2.0/mlflow-artifacts/artifacts/0/x").status == 200)
                    #expect(try await eve.post("runs/create", ["experiment_id": "0"]).status == 403)
                    #expect(told.all.count == 1)
                    #expect(told.all.first?.contains("does not go on record") == true)
                }
            }
        }
    }

    @Test func `that somebody was made the administrator of what they made is on record, with their address`() async throws {
        try await withServer { stores, asker in
            _ = try await (try await asker("ann", .write)).post("registered-models/create", ["name": "m"])
            let found = try await lines(stores, ["role granted"])
            #expect(found == ["ann at 127.0.0.1: role granted ann: admin on model 'm'"])
        }
    }

    // MARK: What was said in advance

    @Test func `a model is neither made nor renamed to a name that was denied in advance`() async throws {
        try await withServer { stores, asker in
            let eve = try await asker("eve", .write)
            try await stores.access.grant(.none, to: "eve", on: .model("vault"), by: Self.boss)
            #expect(try await eve.post("registered-models/create", ["name": "vault"]).status == 403)
            #expect(try await eve.post("registered-models/create", ["name": "mine"]).status == 200)
            #expect(try await eve.post("registered-models/rename", ["name": "mine", "new_name": "vault"]).status == 403)
            #expect(try await eve.post("registered-models/rename", ["name": "mine", "new_name": "still mine"]).status == 200)
        }
    }

    @Test func `a name that was granted in advance is made by those who may write nothing else`() async throws {
        try await withServer { stores, asker in
            let ci = try await asker("ci", .read)
            try await stores.access.grant(.write, to: "ci", on: .model("price"), by: Self.boss)
            #expect(try await ci.post("registered-models/create", ["name": "price"]).status == 200)
            #expect(try await ci.post("registered-models/create", ["name": "other"]).status == 403)
            #expect(try await stores.access.grants(of: "ci") == [.model("price"): .write])
        }
    }

    @Test func `the history of an earlier model of the same name is for administrators`() async throws {
        try await withServer { stores, asker in
            _ = try await stores.models.createModel("m")
            _ = try await stores.models.createVersion(ModelVersionDraft(model: "m", source: "s3://secret/x"))
            try await stores.models.deleteModel("m")
            let eve = try await asker("eve", .write)
            #expect(try await eve.send(.get, "/v1/models/m/history").status == 404)
            _ = try await eve.post("registered-models/create", ["name": "m"])
            let seen = try JSONValue(parsing: try await eve.send(.get, "/v1/models/m/history").body, as: "history")
            #expect(seen["events"]?.array?.compactMap { $0["event"]?.string } == ["model-created"])
            #expect(try await stores.models.history(of: "m").elements.count == 5)
        }
    }

    // MARK: Uploads in parts

    @Test func `parts come from those alone who may write there, and who began tells the client how`() async throws {
        try await withServer { stores, asker in
            let (ann, eve) = (try await asker("ann", .write), try await asker("eve", .read))
            let begun = try await ann.send(.post, "/api/2.0/mlflow-artifacts/mpu/create/0", ["path": "f", "num_parts": 1])
            let told = try JSONValue(parsing: begun.body, as: "upload")
            let id = try #require(told["upload_id"]?.string)
            #expect(told["credentials"]?.array?.first?["headers"] == ["Authorization": .string(ann.authorization)])
            let part = "/api/2.0/mlflow-artifacts/mpu/parts/\(id)/1"
            #expect(try await eve.send(.put, part, "x").status == 403)
            #expect(try await ann.send(.put, part, "x").status == 200)
        }
    }

    // MARK: Guesses

    @Test(arguments: ["/api/2.0/mlflow/experiments/get?experiment_id=0", "/api/2.0/mlflow-artifacts/artifacts/0/x", "/v1/models/m/history"])
    func `who has to wait is told so in MLflow's form, and how long`(path: String) async throws {
        try await withServer { _, asker in
            let client = try await asker("ann", .read).client
            let guess = Asker(client: client, authorization: "Basic " + Data("ann:wrong horse".utf8).base64EncodedString())
            for _ in 0..<6 { #expect(try await guess.send(.get, path).status == 401) }
            let refused = try await guess.send(.get, path)
            #expect(refused.status == 429)
            #expect(refused.headers["retry-after"] == "2")
            #expect(try JSONValue(parsing: refused.body, as: path)["error_code"] == "REQUEST_LIMIT_EXCEEDED")
        }
    }
}
