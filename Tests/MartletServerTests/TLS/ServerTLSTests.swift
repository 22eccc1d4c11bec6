import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Synchronization
import Testing

@testable import MartletServer

struct ServerTLSTests {
    @Test func `a request is answered by TLS, and knows it`() async throws {
        var router = echoRouter()
        router.on(.get, "/way") { request, _ in .text(200, "\(request.isEncrypted)") }
        try await TLSServer.with(router) { server in
            #expect("\(server.running.address)".hasPrefix("https://127.0.0.1:"))
            let client = try server.client()
            for size in [0, 1, 300_000] {
                let body = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
                let echo = try await client.send(.post, "/echo", body: body)
                #expect(echo.body.elementsEqual(body))
            }
            let way = try await client.send(.get, "/way")
            #expect(String(decoding: way.body, as: UTF8.self) == "true")
        }
    }

    @Test func `a client that does not trust the authority, or asks for another name, sends nothing`() async throws {
        let calls = Tally()
        try await TLSServer.with(echoRouter(calls: calls)) { server in
            let other = try await CertificateAuthority(in: "\(server.authority.root).other")
            let distrusting = try server.client(trusting: other.root)
            let error = await #expect(throws: MartletError.self) { try await distrusting.send(.get, "/echo/a") }
            #expect(error?.message == "no TLS with \(server.running.address): certificate verify failed")
            _ = try await server.authority.issue(for: "DNS:other.example")
            server.tls.refresh()
            let client = try server.client()
            let misnamed = await #expect(throws: MartletError.self) { try await client.send(.get, "/echo/a") }
            #expect(misnamed?.message == "no TLS with \(server.running.address): its certificate is for other names")
            #expect((error?.code, misnamed?.code) == (.invalidInput, .invalidInput))
            #expect(calls.count == 0)
        }
    }

    @Test func `a renewed certificate is used without a restart, and a broken one is not`() async throws {
        try await TLSServer.with { server in
            let (old, files) = (server.tls.validUntil, server.tls.files)
            let kept = try server.client()
            #expect(try await kept.send(.get, "/echo/a").status == 200)
            try Data("junk".utf8).write(to: URL(filePath: files.certificate))
            server.tls.refresh()
            server.tls.refresh()
            #expect(server.tls.validUntil == old)
            _ = try await server.authority.issue(days: 100)
            server.tls.refresh()
            #expect(server.tls.validUntil < old)
            let events = server.events.take()
            #expect(events.first == .loaded(validUntil: old) && events.last == .loaded(validUntil: server.tls.validUntil))
            #expect(events.count == 3, "a broken pair is told of once")
            guard case .refused(let reason) = events[1] else { return #expect(Bool(false), "\(events)") }
            #expect(reason.contains("expected PEM"))
            // The connection that is there goes on, and new ones see the new certificate.
            for client in [kept, try server.client()] { #expect(try await client.send(.get, "/echo/a").status == 200) }
        }
    }

    @Test func `files that could not be read are tried again, and a failure is told of once`() async throws {
        try await withTemporaryFolder { folder in
            let issued = try await CertificateAuthority(in: folder).issue()
            let events = Gathering<ServerTLS.Event>()
            let isBlind = Mutex(false)
            let tls = try ServerTLS(TLSFiles(certificate: issued.certificate, key: issued.key), pollInterval: .zero, clock: { .now }) {
                files throws(MartletError) in
                if isBlind.withLock({ $0 }) { throw MartletError(.storage, "too many open files") }
                return try TLSIdentity(reading: files)
            } report: {
                events.add($0)
            }
            isBlind.withLock { $0 = true }
            try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: issued.key)
            for _ in 0..<3 { tls.refresh() }
            isBlind.withLock { $0 = false }
            tls.refresh()
            let loaded = ServerTLS.Event.loaded(validUntil: tls.validUntil)
            #expect(events.take() == [loaded, .refused("too many open files"), loaded])
        }
    }

    @Test func `a certificate that expires in use is warned about once`() async throws {
        try await withTemporaryFolder { folder in
            let issued = try await CertificateAuthority(in: folder).issue()
            let events = Gathering<ServerTLS.Event>()
            let now = Mutex(Timestamp.now)
            let tls = try ServerTLS(
                TLSFiles(certificate: issued.certificate, key: issued.key), pollInterval: .zero, clock: { now.withLock { $0 } },
                read: TLSIdentity.init(reading:)
            ) { events.add($0) }
            tls.refresh()
            #expect(events.take() == [.loaded(validUntil: tls.validUntil)])
            now.withLock { $0 = tls.validUntil }
            for _ in 0..<2 { tls.refresh() }
            let told = events.take()
            #expect(told.count == 1)
            guard case .warned(let text) = told.first else { return #expect(Bool(false), "\(told)") }
            #expect(text.contains("expired at \(tls.validUntil)"))
        }
    }

    @Test func `a server follows the files of its certificate`() async throws {
        try await TLSServer.with(pollInterval: .milliseconds(5)) { server in
            let old = server.tls.validUntil
            _ = try await server.authority.issue(days: 100)
            try await waitUntil("the new certificate is in use") { server.tls.validUntil < old }
        }
    }

    @Test func `whoever trusts one certificate alone trusts no other of the same authority`() async throws {
        try await TLSServer.with { server in
            let other = try await server.authority.issue("other")
            for (path, isTrusted) in [(server.tls.files.certificate, true), (other.certificate, false)] {
                var configuration = HTTPClientConfiguration()
                configuration.tls = try ClientTLS(trustingOnly: path)
                let client = HTTPClient(server.running.address, configuration: configuration)
                let answer = await Task { try await client.send(.get, "/echo/a").status }.result
                #expect((try? answer.get()) == (isTrusted ? 200 : nil))
            }
        }
    }

    @Test func `parts of an upload are sent by TLS too`() async throws {
        try await withTrackingStores { stores in
            var router = Router()
            TrackingRoutes(stores).add(to: &router)
            try await TLSServer.with(router) { server in
                let answer = try await server.client().send(
                    .post, "/api/2.0/mlflow-artifacts/mpu/create/0/x", headers: ["content-type": "application/json"],
                    body: Array(#"{"path":"x","num_parts":1}"#.utf8))
                #expect(String(decoding: answer.body, as: UTF8.self).contains("\"https://127.0.0.1:"))
            }
        }
    }

    @Test func `a connection too many is told so by TLS`() async throws {
        try await TLSServer.with(configure: { $0.connectionCountMax = 1 }) { server in
            let first = try server.client()
            #expect(try await first.send(.get, "/echo/a").status == 200)
            let second = try await RawConnection.open(server.running.address, tls: try ClientTLS(rootsFile: server.authority.root))
            #expect(try await second.response().status == 503)
            await second.close()
        }
    }

    @Test func `a file comes whole, piece by piece`() async throws {
        try await withTemporaryFolder { folder in
            let bytes = Data((0..<3 * ResponseFile.pieceSizeBytes + 5).map { UInt8(truncatingIfNeeded: $0 / 7) })
            try bytes.write(to: URL(filePath: "\(folder)/file"))
            var router = Router()
            router.on(.get, "/file") { _, _ in
                HTTPResponse(status: 200, headers: [:], file: ResponseFile(try OpenFile("\(folder)/file", O_RDONLY), 0..<bytes.count))
            }
            try await TLSServer.with(router) { server in
                let answer = try await server.client().send(.get, "/file")
                #expect(answer.body.elementsEqual(bytes))
            }
        }
    }

    @Test func `the last answer of a connection arrives although its client still sends`() async throws {
        try await TLSServer.with(configure: { $0.bodySizeMaxBytes = 10 }) { server in
            let answer = try await server.client().send(.post, "/echo", body: [UInt8](repeating: 1, count: 200_000))
            #expect(answer.status == 413)
        }
    }
}
