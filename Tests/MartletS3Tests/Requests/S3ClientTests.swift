import MartletCore
import MartletTesting
import Testing

@testable import MartletS3

struct S3ClientTests {
    private func failure(of place: S3Place) async -> String {
        let error = await #expect(throws: MartletError.self) { try await place.content.owner() }
        return error?.description ?? ""
    }

    @Test(arguments: [S3Bucket.Fault.busy, .broken, .hangUp])
    func `what may pass is tried again, each time after a longer pause`(fault: S3Bucket.Fault) async throws {
        try await S3Place.with { place in
            try place.bucket.fail("GET", fault, count: 3)
            #expect(try await place.content.owner() == nil)
            #expect(place.pauses.list == [.milliseconds(200), .milliseconds(400), .milliseconds(800)])
        }
    }

    @Test func `tries have an end`() async throws {
        try await S3Place.with { place in
            try place.bucket.fail("GET", .busy, count: 4)
            #expect(await failure(of: place).contains("503 SlowDown; try again later"))
            #expect(try place.requests.count == 4)
        }
    }

    @Test func `a refusal is not asked for again`() async throws {
        try await S3Place.with(user: .reader) { place in
            let error = await #expect(throws: MartletError.self) { try await place.content.claim(for: "me") }
            #expect(error?.code == .storage)
            #expect(
                error?.message.contains("PUT 's3://\(place.bucket.name)/pre/fix/martlet-owner' with 403 AccessDenied; allow these") == true)
            let requests = try place.requests
            #expect(requests == ["PUT"])
            #expect(place.pauses.list.isEmpty)
        }
    }

    @Test func `a bucket that is not there is named`() async throws {
        try await S3Place.with { place in
            try place.bucket.remove()
            #expect(await failure(of: place).contains("404 NoSuchBucket; make the bucket"))
        }
    }

    @Test func `a wrong secret is told, and no secret shown`() async throws {
        try await S3Place.with(["AWS_SECRET_ACCESS_KEY": "wrong-secret"]) { place in
            let text = await failure(of: place)
            #expect(text.contains("403 SignatureDoesNotMatch; check AWS_ACCESS_KEY_ID"))
            #expect(!text.contains("wrong-secret"))
            #expect(!text.contains("AKIA"))
            #expect(!text.lowercased().contains("signature="))
        }
    }

    @Test func `an unknown user is told`() async throws {
        try await S3Place.with(["AWS_ACCESS_KEY_ID": "AKNOBODY"]) { place in
            #expect(await failure(of: place).contains("403 InvalidAccessKeyId"))
        }
    }

    @Test func `a clock that is wrong is told`() async throws {
        try await S3Place.with(clock: { .now - .seconds(3_600) }) { place in
            #expect(await failure(of: place).contains("403 RequestTimeTooSkewed; set this machine's clock"))
        }
    }

    @Test func `a server that is not there is told`() async throws {
        // Nobody listens at the port of discarded bytes.
        try await S3Place.with(["AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"]) { place in
            let error = await #expect(throws: MartletError.self) { try await place.content.owner() }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("cannot reach S3 at http://127.0.0.1:9 for GET 's3://\(place.bucket.name)") == true)
            #expect(place.pauses.list.count == 3)
        }
    }

    @Test func `a session token is sent and signed`() async throws {
        // Moto knows no such token, which it only says where the signature holds it.
        try await S3Place.with(["AWS_SESSION_TOKEN": "token"]) { place in
            #expect(!(await failure(of: place).contains("token")))
        }
    }
}
