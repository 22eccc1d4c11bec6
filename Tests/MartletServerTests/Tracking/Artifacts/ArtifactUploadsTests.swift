import MartletCore
import MartletStore
import Testing

@testable import MartletServer

struct ArtifactUploadsTests {
    private static let steps = "/api/2.0/mlflow-artifacts/mpu"

    /// Begins an upload. - Returns: its name, and where its parts go.
    private func begin(_ server: ArtifactServer, _ count: Int64) async throws -> (id: JSONValue, targets: [String]) {
        let created = try await server.post("\(Self.steps)/create/r/d", ["path": "/somewhere/big.bin", "num_parts": .integer(count)])
        #expect(created.status == 200)
        let credentials = try #require(created.body["credentials"]?.array)
        let host = "http://\(server.server.address.host):\(server.server.address.port)"
        let targets = try credentials.map { try #require($0["url"]?.string) }
        #expect(targets.allSatisfy { $0.hasPrefix(host) })
        return (try #require(created.body["upload_id"]), targets.map { String($0.dropFirst(host.count)) })
    }

    private func send(_ server: ArtifactServer, _ text: String, to target: String) async throws -> JSONValue {
        let answer = try await server.client.send(.put, target, body: Array(text.utf8))
        #expect(answer.status == 200)
        return .string(try #require(answer.headers["etag"]))
    }

    @Test func `a file in parts is joined under the name that it has at the client`() async throws {
        try await ArtifactServer.with { server in
            let (id, targets) = try await begin(server, 2)
            let (second, first) = (try await send(server, "world", to: targets[1]), try await send(server, "hello ", to: targets[0]))
            let completed = try await server.post(
                "\(Self.steps)/complete/r/d",
                [
                    "path": "/somewhere/big.bin", "upload_id": id,
                    "parts": [
                        ["part_number": 1, "etag": first, "url": .string(targets[0])],
                        ["part_number": 2, "etag": second, "url": .string(targets[1])],
                    ],
                ])
            #expect((completed.status, completed.body) == (200, [:]))
            #expect(try await server.file("r/d/big.bin").text == "hello world")
            #expect(try Directory.names(in: server.home.temporaryPath).isEmpty)
        }
    }

    @Test func `an upload that is aborted leaves nothing`() async throws {
        try await ArtifactServer.with { server in
            let (id, targets) = try await begin(server, 1)
            _ = try await send(server, "abc", to: targets[0])
            #expect(try await server.post("\(Self.steps)/abort/r/d", ["path": "big.bin", "upload_id": id]).status == 200)
            #expect(try await server.client.send(.put, targets[0], body: [1]).status == 404)
            #expect(try Directory.names(in: server.home.temporaryPath).isEmpty)
        }
    }

    @Test func `what no upload can be is refused`() async throws {
        try await ArtifactServer.with { server in
            let create = "\(Self.steps)/create/r"
            #expect(
                try await server.post(create, [:]).body["message"]?.string?.hasPrefix("Missing value for required parameter 'path'") == true
            )
            #expect(try await server.post("\(Self.steps)/create/%252e%252e", ["path": "a"]).body["message"] == "Invalid path")
            for count: JSONValue in [0, 10_001, -1] {
                #expect(try await server.post(create, ["path": "a", "num_parts": count]).status == 400)
            }
            let (id, _) = try await begin(server, 1)
            let completed = try await server.post(
                "\(Self.steps)/complete/r/d", ["path": "big.bin", "upload_id": id, "parts": [["part_number": 1, "etag": "x"]]])
            #expect(completed.status == 400)
            #expect(try await server.post("\(Self.steps)/complete/r", ["path": "a", "upload_id": "none", "parts": []]).status == 404)
        }
    }

    @Test func `clients are told that they may`() async throws {
        try await ArtifactServer.with { server in
            let features = try await server.get("/api/3.0/mlflow/server-info").text
            #expect(features.contains("\"multipart_uploads_enabled\":true"))
        }
    }
}
