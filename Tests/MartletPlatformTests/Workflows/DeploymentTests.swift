import Foundation
import MartletCore
import MartletRegistry
import MartletStore
import Testing

@testable import MartletPlatform

@Suite struct DeploymentTests {
    /// Registers releases that differ from the first in a word only, so that there are as many as wanted.
    private func register(_ count: Int, _ platform: Platform) throws -> [ReleaseRecord] {
        let first = try #require(try platform.records.releases(name: "price").first)
        return try [first]
            + (1..<count).map { number in
                var parts = first.manifest.object ?? [:]
                parts["code"] = .string("martlet of another day \(number)")
                let release = try Release(name: "price", parts: parts)
                return try platform.records.register(
                    release.digest, name: "price", run: nil, manifest: release.manifest, at: .now
                )
            }
    }

    private func pointed(_ platform: Platform) throws -> Digest? {
        try platform.records.current(endpoint: "price")?.release
    }

    @Test func `the first deployment takes the newest release, and only where nothing answers yet`() async throws {
        try await ReleasedProject.with { platform in
            let again = try Deployment(platform).deployFirst("price", by: "test")
            let moves = try platform.records.moves(endpoint: "price")
            #expect(again == nil)
            #expect(moves.map(\.reason) == ["the first release"])
        }
    }

    @Test func `a deployment moves the pointer and keeps who did it and why`() async throws {
        try await ReleasedProject.with { platform in
            let releases = try register(2, platform)
            let move = try Deployment(platform).deploy("price", "v2", by: "ada", reason: "more profit")
            #expect(move.release == releases[1].digest)
            #expect(move.previous == releases[0].digest)
            #expect((move.action, move.by, move.reason) == (.deploy, "ada", "more profit"))
            #expect(try pointed(platform) == releases[1].digest)
        }
    }

    @Test func `rolling back twice goes two releases back, and a third time is refused`() async throws {
        try await ReleasedProject.with { platform in
            let deployment = Deployment(platform)
            let releases = try register(3, platform)
            for version in ["2", "3"] { _ = try deployment.deploy("price", version, by: "a", reason: "") }
            let first = try deployment.rollback("price", by: "a", reason: "bad")
            let second = try deployment.rollback("price", by: "a", reason: "worse")
            let error = #expect(throws: MartletError.self) { try deployment.rollback("price", by: "a", reason: "") }
            #expect(first.release == releases[1].digest)
            #expect(second.release == releases[0].digest)
            #expect(error?.code == .notFound)
            #expect(try pointed(platform) == releases[0].digest)
        }
    }

    @Test func `a deployment after a rollback is rolled back to what answered before it`() async throws {
        try await ReleasedProject.with { platform in
            let deployment = Deployment(platform)
            let releases = try register(3, platform)
            _ = try deployment.deploy("price", "2", by: "a", reason: "")
            _ = try deployment.rollback("price", by: "a", reason: "")
            _ = try deployment.deploy("price", "3", by: "a", reason: "")
            let move = try deployment.rollback("price", by: "a", reason: "")
            #expect(move.release == releases[0].digest)
        }
    }

    @Test func `deploying the same again adds no step to go back`() async throws {
        try await ReleasedProject.with { platform in
            let deployment = Deployment(platform)
            let releases = try register(2, platform)
            for _ in 0..<3 { _ = try deployment.deploy("price", "2", by: "a", reason: "") }
            let move = try deployment.rollback("price", by: "a", reason: "")
            #expect(move.release == releases[0].digest)
        }
    }

    @Test(arguments: ["model", "card", "baseline", "online", "contracts"])
    func `a release with a damaged part is refused before the pointer moves`(part: String) async throws {
        try await ReleasedProject.with { platform in
            let before = try pointed(platform)
            let releases = try register(2, platform)
            let release = try Release(record: releases[1])
            let path = platform.blobs.path(of: try release.digest(of: part, part == "contracts" ? "sales" : nil))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            var bytes = try #require(FileManager.default.contents(atPath: path))
            bytes[bytes.count / 2] ^= 0x10
            try bytes.write(to: URL(filePath: path))
            let error = #expect(throws: MartletError.self) {
                try Deployment(platform).deploy("price", "2", by: "a", reason: "")
            }
            #expect(error?.code == .corrupt)
            #expect(try pointed(platform) == before)
        }
    }

    @Test(arguments: ["model", "online"]) func `a release that lacks a part is refused`(part: String) async throws {
        try await ReleasedProject.with { platform in
            let release = try Release(record: try register(1, platform)[0])
            try FileManager.default.removeItem(atPath: platform.blobs.path(of: try release.digest(of: part)))
            let error = #expect(throws: MartletError.self) {
                try Deployment(platform).deploy("price", "1", by: "a", reason: "")
            }
            #expect(error?.code == .corrupt || error?.code == .notFound)
        }
    }

    @Test func `an endpoint that never answered cannot be rolled back`() async throws {
        try await ReleasedProject.with { platform in
            let other = try Platform(project: platform.project, home: platform.file("fresh"))
            let error = #expect(throws: MartletError.self) {
                try Deployment(other).rollback("price", by: "a", reason: "")
            }
            #expect(error?.message == "endpoint 'price' was never deployed, so there is nothing to go back to")
            let none = #expect(throws: MartletError.self) { try Deployment(other).deployFirst("price", by: "a") }
            #expect(none?.message == "endpoint 'price' has no release; make one with 'martlet run'")
        }
    }

    @Test func `an unknown endpoint gets the nearest name`() async throws {
        try await ReleasedProject.with { platform in
            let error = #expect(throws: MartletError.self) {
                try Deployment(platform).deploy("pricing", "latest", by: "a", reason: "")
            }
            #expect(error?.code == .notFound)
            #expect(error?.message == "project 'pricing' has no endpoint 'pricing'; there are price")
            let near = #expect(throws: MartletError.self) {
                try Deployment(platform).rollback("prices", by: "a", reason: "")
            }
            #expect(near?.message == "project 'pricing' has no endpoint 'prices'; did you mean 'price'?")
        }
    }
}
