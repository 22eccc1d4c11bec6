import Glibc
import MartletCore
import MartletStore
import MartletTesting
import Testing

struct MultipartUploadsTests {
    private static let kind = ArtifactKind.all[0]
    private let path: ArtifactPath

    init() throws { path = try ArtifactPath(writing: "run/big") }

    private func send(_ text: String, as number: Int, of id: String, to uploads: MultipartUploads) throws -> MultipartUploads.Part {
        let upload = try uploads.makePart(number, of: id)
        try Array(text.utf8).withUnsafeBytes { try upload.write($0) }
        return MultipartUploads.Part(number: number, tag: try uploads.keep(try upload.finish(), as: number, of: id))
    }

    @Test func `parts are joined in the order of their numbers`() async throws {
        try await ArtifactPlace.with(Self.kind) { place in
            let uploads = MultipartUploads(home: place.home)
            let id = try uploads.begin(path)
            let parts = try [(3, "c"), (2, "b"), (1, "a")].map { try send($1, as: $0, of: id, to: uploads) }.reversed()
            let artifact = try await uploads.complete(id, at: path, Array(parts), in: place.store)
            #expect(artifact.digest == Digest(of: "abc"))
            #expect(try await place.read("run/big") == "abc")
            #expect(try place.temporaryCount() == 0)
        }
    }

    @Test(arguments: [[2, 1], [1, 3], [2, 3], [1, 2, 2]])
    func `parts out of order, or with a gap, are refused`(numbers: [Int]) async throws {
        try await ArtifactPlace.with(Self.kind) { place in
            let uploads = MultipartUploads(home: place.home)
            let id = try uploads.begin(path)
            let parts = try [1, 2, 3].map { try send("x", as: $0, of: id, to: uploads) }
            let named = numbers.map { parts[$0 - 1] }
            await #expect { try await uploads.complete(id, at: path, named, in: place.store) } throws: {
                ($0 as? MartletError)?.code == .invalidInput
            }
        }
    }

    @Test func `an upload whose joining was cut off goes on after the next start`() async throws {
        try await ArtifactPlace.with(Self.kind) { place in
            let uploads = MultipartUploads(home: place.home)
            let id = try uploads.begin(path)
            let part = try send("a", as: 1, of: id, to: uploads)
            let temporary = place.home.temporaryPath
            try #require(rename("\(temporary)/upload-\(id)", "\(temporary)/joining-\(id)") == 0)
            try MultipartUploads(home: place.home).recover()
            try await uploads.complete(id, at: path, [part], in: place.store)
            #expect(try await place.read("run/big") == "a")
            #expect(try place.temporaryCount() == 0)
        }
    }

    @Test func `a whole beyond the limit is refused, and the upload goes on`() async throws {
        try await ArtifactPlace.with(Self.kind) { place in
            let uploads = MultipartUploads(home: place.home)
            let id = try uploads.begin(path)
            let parts = try [(1, "ab"), (2, "cd")].map { try send($1, as: $0, of: id, to: uploads) }
            let error = await #expect(throws: MartletError.self) {
                try await uploads.complete(id, at: path, parts, sizeMaxBytes: 3, in: place.store)
            }
            #expect(error?.code == .limitExceeded)
            try await uploads.complete(id, at: path, parts, sizeMaxBytes: 4, in: place.store)
        }
    }

    @Test func `a part that is sent again takes the place of the first`() async throws {
        try await ArtifactPlace.with(Self.kind) { place in
            let uploads = MultipartUploads(home: place.home)
            let id = try uploads.begin(path)
            let old = try send("old", as: 1, of: id, to: uploads)
            let new = try send("new", as: 1, of: id, to: uploads)
            await #expect(throws: MartletError.self) { try await uploads.complete(id, at: path, [old], in: place.store) }
            try await uploads.complete(id, at: path, [new], in: place.store)
            #expect(try await place.read("run/big") == "new")
        }
    }

    @Test(arguments: [[], [(2, "")], [(1, "0")], [(1, nil), (1, nil)]] as [[(Int, String?)]])
    func `parts that never came are refused, and the upload goes on`(named: [(Int, String?)]) async throws {
        try await ArtifactPlace.with(Self.kind) { place in
            let uploads = MultipartUploads(home: place.home)
            let id = try uploads.begin(path)
            let sent = try send("a", as: 1, of: id, to: uploads)
            let parts = named.map { MultipartUploads.Part(number: $0, tag: $1 ?? sent.tag) }
            await #expect { try await uploads.complete(id, at: path, parts, in: place.store) } throws: {
                ($0 as? MartletError)?.code == .invalidInput
            }
            try await uploads.complete(id, at: path, [sent], in: place.store)
        }
    }

    @Test func `an upload that fails to be kept goes on`() async throws {
        try await ArtifactPlace.with(Self.kind) { place in
            let uploads = MultipartUploads(home: place.home)
            try await place.put("run/big/in/the/way", "1")
            let id = try uploads.begin(path)
            let part = try send("a", as: 1, of: id, to: uploads)
            await #expect(throws: MartletError.self) { try await uploads.complete(id, at: path, [part], in: place.store) }
            _ = try await place.delete("run/big")
            try await uploads.complete(id, at: path, [part], in: place.store)
            #expect(try await place.read("run/big") == "a")
        }
    }

    @Test func `an upload ends once, and is bound to its path`() async throws {
        try await ArtifactPlace.with(Self.kind) { place in
            let uploads = MultipartUploads(home: place.home)
            let id = try uploads.begin(path)
            let part = try send("a", as: 1, of: id, to: uploads)
            let other = try ArtifactPath(writing: "run/other")
            await #expect(throws: MartletError.self) { try await uploads.complete(id, at: other, [part], in: place.store) }
            try uploads.abort(id, at: path)
            try uploads.abort(id, at: path)
            #expect(try place.temporaryCount() == 0)
            #expect(code { try uploads.makePart(1, of: id) } == .notFound)
            await #expect(throws: MartletError.self) { try await uploads.complete(id, at: path, [part], in: place.store) }
        }
    }

    @Test(arguments: ["", "..", "../upload-x", String(repeating: "g", count: 32), String(repeating: "0", count: 32)])
    func `what is no upload is refused`(id: String) async throws {
        try await ArtifactPlace.with(Self.kind) { place in
            #expect(code { try MultipartUploads(home: place.home).makePart(1, of: id) } == .notFound)
        }
    }

    @Test(arguments: [0, -1, MultipartUploads.partCountMax + 1, .max])
    func `numbers out of range are refused`(number: Int) async throws {
        try await ArtifactPlace.with(Self.kind) { place in
            let uploads = MultipartUploads(home: place.home)
            let id = try uploads.begin(path)
            #expect(code { try uploads.makePart(number, of: id) } == .invalidInput)
        }
    }

    @Test func `an upload outlives the server, and is removed once it is abandoned`() async throws {
        try await ArtifactPlace.with(Self.kind) { place in
            place.clock.set(.now)
            let uploads = MultipartUploads(home: place.home) { place.clock.now }
            let id = try uploads.begin(path)
            try place.home.prepare()
            _ = try send("a", as: 1, of: id, to: uploads)
            place.clock.set(.now + MultipartUploads.ageMax + .seconds(60))
            let next = try uploads.begin(path)
            #expect(code { try uploads.makePart(1, of: id) } == .notFound)
            try uploads.abort(next, at: path)
            #expect(try place.temporaryCount() == 0)
        }
    }

    @Test func `no more than a thousand are begun`() async throws {
        try await ArtifactPlace.with(Self.kind) { place in
            let uploads = MultipartUploads(home: place.home)
            for number in 0..<MultipartUploads.uploadCountMax { try Directory.create("\(place.home.temporaryPath)/upload-\(number)") }
            #expect(code { try uploads.begin(path) } == .overloaded)
        }
    }

    @Test func `one user begins fewer than all together may`() async throws {
        try await ArtifactPlace.with(Self.kind) { place in
            let uploads = MultipartUploads(home: place.home)
            var last = ""
            for _ in 0..<MultipartUploads.ownerUploadCountMax { last = try uploads.begin(path, by: "eve") }
            #expect(code { try uploads.begin(path, by: "eve") } == .overloaded)
            _ = try uploads.begin(path, by: "bob")
            _ = try uploads.begin(path)
            try uploads.abort(last, at: path)
            _ = try uploads.begin(path, by: "eve")
        }
    }

    @Test func `an upload is ended under its own path alone`() async throws {
        try await ArtifactPlace.with(Self.kind) { place in
            let uploads = MultipartUploads(home: place.home)
            let id = try uploads.begin(path)
            #expect(try uploads.path(of: id) == path)
            let other = try ArtifactPath(writing: "run/other")
            #expect(code { try uploads.abort(id, at: other) } == .invalidInput)
            try uploads.abort(id, at: path)
            #expect(code { try uploads.path(of: id) } == .notFound)
        }
    }
}
