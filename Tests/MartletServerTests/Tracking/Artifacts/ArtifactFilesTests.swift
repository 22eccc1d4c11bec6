import MartletCore
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@testable import MartletServer

struct ArtifactFilesTests {
    @Test(arguments: ["/api", "/ajax-api"])
    func `a file that was put is got`(prefix: String) async throws {
        try await ArtifactServer.with { server in
            let put = try await server.client.send(
                .put, "\(prefix)/2.0/mlflow-artifacts/artifacts/\(server.root)/d/f.txt", body: Array("hello world".utf8))
            #expect((put.status, put.body.count, put.headers["content-type"]) == (200, 0, nil))
            let got = try await server.get("\(prefix)/2.0/mlflow-artifacts/artifacts/\(server.root)/d/f.txt")
            #expect((got.status, got.text) == (200, "hello world"))
            #expect(got.headers["content-type"] == "text/plain")
            #expect(got.headers["content-disposition"] == "attachment; filename=f.txt")
            #expect(got.headers["accept-ranges"] == "bytes")
            #expect(got.headers["x-content-type-options"] == "nosniff")
            #expect(got.headers["etag"] == "\"\(Digest(of: "hello world").hex)\"")
            #expect(got.headers["last-modified"]?.hasSuffix(" GMT") == true)
        }
    }

    @Test func `names of any kind come back`() async throws {
        try await ArtifactServer.with { server in
            for name in ["a%20b", "caf%C3%A9", "100%2525", "a%5Cb", "a%3Fb", "a%26b%3Dc", "a;b", "empty"] {
                #expect(try await server.put("x/\(name)", name == "empty" ? "" : name) == 200)
                let got = try await server.file("x/\(name)")
                #expect((got.status, got.text) == (200, name == "empty" ? "" : name))
            }
        }
    }

    @Test func `a part is got, under the conditions that are made`() async throws {
        try await ArtifactServer.with { server in
            _ = try await server.put("f", "hello world")
            let part = try await server.file("f", headers: ["range": "bytes=0-3"])
            #expect((part.status, part.text, part.headers["content-range"]) == (206, "hell", "bytes 0-3/11"))
            let none = try await server.file("f", headers: ["range": "bytes=11-"])
            #expect((none.status, none.text, none.headers["content-range"]) == (416, "", "bytes */11"))
            #expect(none.headers["content-type"] == "text/plain; charset=utf-8")
            let unread = try await server.file("f", headers: ["range": "bytes=3-1"])
            #expect((unread.status, unread.text) == (400, "Range header: start must be less than end"))
            let tag = try #require(part.headers["etag"])
            #expect(try await server.file("f", headers: ["range": "bytes=0-3", "if-range": tag]).status == 206)
            #expect(try await server.file("f", headers: ["range": "bytes=0-3", "if-range": "\"other\""]).status == 200)
            #expect(try await server.file("f", headers: ["if-none-match": tag]).status == 304)
        }
    }

    @Test func `HEAD tells what GET would`() async throws {
        try await ArtifactServer.with { server in
            _ = try await server.put("f.txt", "hello")
            try await RawConnection.with(server.server.address) { client in
                try await client.send("HEAD \(ArtifactServer.files)/f.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
                let head = try await client.response(toHead: true)
                #expect((head.status, head.headers["content-length"], head.headers["content-type"]) == (200, "5", "text/plain"))
            }
        }
    }

    @Test func `folders list what is in them`() async throws {
        try await ArtifactServer.with { server in
            for (path, text) in [("r/f.txt", "hello world"), ("r/sub/g", "1"), ("r/zero", "")] { _ = try await server.put(path, text) }
            func list(_ query: String) async throws -> String { try await server.get(ArtifactServer.files + query).text }
            let expected = """
                {"files":[{"path":"f.txt","is_dir":false,"file_size":11},{"path":"sub","is_dir":true},{"path":"zero","is_dir":false}]}
                """
            #expect(try await list("?path=r") == expected)
            #expect(try await list("?path=r%2F") == expected)
            #expect(try await list("") == #"{"files":[{"path":"r","is_dir":true}]}"#)
            #expect(try await list("?path=") == #"{"files":[{"path":"r","is_dir":true}]}"#)
            for path in ["r/f.txt", "none"] { #expect(try await list("?path=\(path)") == "{}") }
        }
    }

    @Test func `a file, a tree and what is not there are deleted`() async throws {
        try await ArtifactServer.with { server in
            for path in ["a/b/c", "a/b/d", "a/e"] { _ = try await server.put(path, "1") }
            for path in ["a/b", "a/b", "none"] {
                let answer = try await server.client.send(.delete, "\(ArtifactServer.files)/\(path)")
                #expect((answer.status, String(decoding: answer.body, as: UTF8.self)) == (200, "{}"))
            }
            #expect(try await server.file("a/b/c").status == 404)
            #expect(try await server.file("a/e").status == 200)
        }
    }

    // MARK: Refusals

    @Test func `what is not there, and a folder, are refused in MLflow's words`() async throws {
        try await ArtifactServer.with { server in
            _ = try await server.put("a/b%20c", "1")
            let missing = try await server.file("a/no%20pe")
            #expect(missing.status == 404)
            #expect(try JSONValue(parsing: Array(missing.text.utf8), as: "refusal")["message"] == "No such artifact: 'a/no pe'")
            let folder = try await server.file("a")
            #expect((folder.status, folder.text) == (400, #"{"detail":"Artifact path refers to a directory, not a file: 'a'"}"#))
            let unnamed = try await server.client.send(.put, "\(ArtifactServer.files)/a/")
            #expect(unnamed.status == 400)
            #expect(
                String(decoding: unnamed.body, as: UTF8.self)
                    == #"{"detail":"Artifact path must include a filename (cannot end with '/')."}"#)
        }
    }

    @Test(arguments: ["%252e%252e/x", "a/%252e%252e", "%2523", "a%23b", "%252fetc", "C:%5Cx"])
    func `no path leads out of the repository`(path: String) async throws {
        try await ArtifactServer.with { server in
            for method in [HTTPRequest.Method.get, .put, .delete] {
                let answer = try await server.client.send(method, "\(ArtifactServer.files)/\(path)", body: method == .put ? [1] : [])
                #expect(answer.status == 400)
                #expect(try JSONValue(parsing: answer.body, as: "refusal")["message"] == "Invalid path")
            }
            #expect(try await server.get("\(ArtifactServer.files)?path=\(path)").status == 400)
        }
    }

    @Test func `a file is not put where a folder is`() async throws {
        try await ArtifactServer.with { server in
            _ = try await server.put("a/b", "1")
            #expect(try await server.put("a", "1") == 409)
            #expect(try await server.put("a/b/c", "1") == 409)
        }
    }

    @Test func `a file beyond the limit is refused and leaves nothing`() async throws {
        try await ArtifactServer.with(limits: ArtifactRoutes.Limits(fileSizeMaxBytes: 4)) { server in
            #expect(try await server.put("a", "abcd") == 200)
            #expect(try await server.put("b", "abcde") == 413)
            #expect(try await server.file("b").status == 404)
            try await waitUntil("the upload is removed") { try Directory.names(in: server.home.temporaryPath).isEmpty }
        }
    }

    @Test func `a full disk is told as such`() throws {
        let fault = try #require(TrackingFault(refusing: MartletError(.full, "the disk has 0 MiB left")))
        #expect(fault.status == 507)
        #expect(fault.code == .resourceExhausted)
    }

    @Test func `half a file is no file`() async throws {
        try await ArtifactServer.with { server in
            try await RawConnection.with(server.server.address) { client in
                try await client.send("PUT \(ArtifactServer.files)/half HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc")
                try await waitUntil("the upload begins") { try !Directory.names(in: server.home.temporaryPath).isEmpty }
            }
            try await waitUntil("the upload is removed") { try Directory.names(in: server.home.temporaryPath).isEmpty }
            #expect(try await server.file("half").status == 404)
        }
    }

    @Test func `web pages of other servers change nothing`() async throws {
        try await ArtifactServer.with { server in
            let foreign: HeaderFields = ["origin": "http://example.org"]
            let put = try await server.client.send(.put, "\(ArtifactServer.files)/a", headers: foreign, body: [1])
            #expect(put.status == 403)
            #expect(try await server.file("a", headers: foreign).status == 404)
        }
    }

    @Test func `addresses elsewhere are not given`() async throws {
        try await ArtifactServer.with { server in
            let answer = try await server.get("/api/2.0/mlflow-artifacts/presigned/a/b")
            #expect(answer.status == 501)
            #expect(answer.text.contains("Multipart download is not supported for the current artifact repository"))
        }
    }
}
