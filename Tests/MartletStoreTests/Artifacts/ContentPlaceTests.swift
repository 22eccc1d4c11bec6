import MartletCore
import MartletS3
import MartletStore
import MartletTesting
import Testing

struct ContentPlaceTests {
    /// Opens the artifacts of a database in a home, or in a bucket.
    private func open(_ place: ArtifactPlace, in bucket: String?, _ server: S3Server) async throws {
        try await place.home.withContent(at: bucket, environment: server.environment()) { content in
            _ = try await ArtifactStore(place.database, home: place.home, content: content)
        }
    }

    private func refusal(_ place: ArtifactPlace, in bucket: String?) async throws -> String {
        let server = try await S3Server.shared()
        let error = await #expect(throws: MartletError.self) { try await open(place, in: bucket, server) }
        #expect(error?.code == .conflict)
        return error?.message ?? ""
    }

    @Test(arguments: ArtifactKind.all)
    func `a database with artifacts is refused with another place, and is not changed by that`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await place.put("a", "one")
            try await S3Server.shared().withBucket { other in
                let text = try await refusal(place, in: other.address)
                #expect(text.contains("found --artifacts \(other.address); start with the former"))
                #expect(try other.state().keys.isEmpty)
            }
            if let bucket = place.bucket {
                #expect(try await refusal(place, in: nil).contains("kept with --artifacts \(bucket.address), found no --artifacts"))
            }
            #expect(try await place.read("a") == "one")
        }
    }

    @Test(arguments: ArtifactKind.onDisk)
    func `a database without artifacts follows where it is told`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await S3Server.shared().withBucket { other in
                try await open(place, in: other.address, other.server)
                // Who still has the former place open must not write there.
                let error = await #expect(throws: MartletError.self) { try await place.put("a", "one") }
                #expect(error?.code == .unavailable)
            }
        }
    }

    @Test(arguments: ArtifactKind.all.filter(\.isOnS3))
    func `a database that claimed a bucket stays with it, also before it has artifacts`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await S3Server.shared().withBucket { other in
                let text = try await refusal(place, in: other.address)
                #expect(text.contains("found --artifacts \(other.address); start with the former"))
            }
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `the same place is opened again`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await place.put("a", "one")
            try await open(place, in: place.bucket?.address, try await S3Server.shared())
            #expect(try await place.read("a") == "one")
        }
    }

    @Test(arguments: ArtifactKind.onDisk)
    func `artifacts from before places were written down are in the home`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await place.put("a", "one")
            try await place.database.write { try $0.execute("DELETE FROM artifact_place") }
            try await S3Server.shared().withBucket { other in
                let text = try await refusal(place, in: other.address)
                #expect(text.contains("kept with no --artifacts"))
            }
            try await open(place, in: nil, try await S3Server.shared())
        }
    }

    @Test(arguments: ArtifactKind.all.filter(\.isOnS3))
    func `the bucket of another database is refused`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await ArtifactPlace.with(ArtifactKind(database: kind.database, isOnS3: false)) { other in
                let text = try await refusal(other, in: place.bucket?.address)
                #expect(text.contains("holds the artifacts of another database"))
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `of two databases that claim a bucket at once the second is refused`(_ kind: DatabaseKind) async throws {
        try await ArtifactPlace.with(ArtifactKind(database: kind, isOnS3: false)) { place in
            try await S3Server.shared().withBucket { bucket in
                try await place.home.withContent(at: bucket.address, environment: bucket.server.environment()) { content in
                    var late = WatchedContent(content)
                    late.willClaim = { _ = try await content.claim(for: "faster") }
                    let error = await #expect(throws: MartletError.self) {
                        _ = try await ArtifactStore(place.database, home: place.home, content: late)
                    }
                    #expect(error?.message.contains("holds the artifacts of another database") == true)
                    let owner = try await content.owner()
                    #expect(owner == "faster")
                    try await open(place, in: nil, bucket.server)
                }
            }
        }
    }

    @Test(arguments: ArtifactKind.all.filter(\.isOnS3))
    func `a bucket that was made anew is refused`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await place.put("a", "one")
            let bucket = try #require(place.bucket)
            try bucket.remove()
            try bucket.make()
            #expect(try await refusal(place, in: bucket.address).contains("is empty, but this database has artifacts there"))
        }
    }
}
