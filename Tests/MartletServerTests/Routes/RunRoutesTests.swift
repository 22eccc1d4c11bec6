import Foundation
import MartletCore
import MartletPipeline
import MartletPlatform
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@testable import MartletServer

@Suite struct RunRoutesTests {
    private static let boss = AccessStore.Actor("boss")
    private static let browser: HeaderFields = ["accept": "text/html,application/xhtml+xml,*/*;q=0.8"]

    /// What a test asks and looks at.
    private struct Served {
        let client: HTTPClient
        let platform: Platform
        let history: RunHistory
        let access: AccessStore

        func get(_ target: String, _ headers: HeaderFields = [:]) async throws -> HTTPResponse {
            try await client.send(.get, target, headers: headers)
        }

        func json(_ target: String, _ headers: HeaderFields = [:]) async throws -> JSONValue {
            try JSONValue(parsing: try await get(target, headers).body, as: "the answer")
        }
    }

    /// Serves the routes alone, of a project with one command.
    private func serve(_ body: (Served) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let text = "project: flights\nsteps:\n  clean: {run: \"true\", outputs: {out: out}}\n"
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/martlet.yaml"))
            let platform = try Platform(project: try Project.read(file: "\(folder)/martlet.yaml"), home: "\(folder)/home")
            let records = try await platform.tracking()
            let access = try await AccessStore(records.database, isRequired: false)
            let history = RunHistory(platform)
            var router = Router()
            let gate = ProjectGate(AccessGate(access, records.store)) {
                try await records.store.experimentID(named: platform.project.name)
            }
            RunRoutes(history, gate).add(to: &router)
            try await withTestServer(router) { server in
                try await HTTPClient.withClient(server.address) { client in
                    try await body(Served(client: client, platform: platform, history: history, access: access))
                }
            }
            try await records.database.close()
            try platform.records.close()
        }
    }

    /// Puts a run on record, with an attempt that ended.
    private func record(_ id: String, _ served: Served, at seconds: Int64 = 1_700_000_000) async throws -> AttemptRecord {
        let store = try await served.platform.tracking().pipelines
        let start = Timestamp(microseconds: seconds * 1_000_000)
        var run = RunRecord(id: id, project: "flights", startedAt: start)
        try await store.begin(run)
        var attempt = AttemptRecord(
            run: id, id: StepID("clean"), number: 1, key: Digest(of: id), reasons: ["it was not made yet"], startedAt: start)
        try await store.begin(attempt)
        (attempt.endedAt, attempt.usage) = (start + .seconds(2), StepUsage())
        try await store.end(attempt, nil)
        (run.state, run.endedAt) = (.done, start + .seconds(3))
        try await store.end(run, saved: [:])
        return attempt
    }

    @Test func `a browser gets a page, all others what the command line tells`() async throws {
        try await serve { served in
            _ = try await record("1f0c9a2b7d8e", served)
            for target in ["/v1/runs", "/v1/runs/1f0c"] {
                let page = try await served.get(target, Self.browser)
                #expect(page.status == 200)
                #expect(page.headers["content-type"] == "text/html; charset=utf-8")
                #expect(page.headers["content-security-policy"] == WebPage.policy)
                #expect(String(decoding: page.body.bytes, as: UTF8.self).contains("1f0c9a2b"))
            }
            let account = try await served.history.account("1f0c9a2b7d8e")
            let list: JSONValue = ["runs": [account.run.json], "next": nil]
            for (target, expected) in [("/v1/runs", list), ("/v1/runs/1f0c", account.json)] {
                #expect(try await served.json(target).canonicalText == expected.canonicalText)
                #expect(try await served.json("\(target).json", Self.browser).canonicalText == expected.canonicalText)
            }
        }
    }

    @Test func `runs come page by page, the newest first`() async throws {
        try await serve { served in
            for number in 1...3 { _ = try await record("\(number)aa", served, at: Int64(number)) }
            let first = try await served.json("/v1/runs?limit=2")
            #expect(first["runs"]?.array?.compactMap { $0["run"]?.string } == ["3aa", "2aa"])
            #expect(first["next"]?.string == "2aa")
            let second = try await served.json("/v1/runs?limit=2&before=2aa")
            #expect(second["runs"]?.array?.compactMap { $0["run"]?.string } == ["1aa"])
            #expect(second["next"] == .null)
            let page = String(decoding: try await served.get("/v1/runs?limit=2", Self.browser).body.bytes, as: UTF8.self)
            #expect(page.contains("<a href=\"/v1/runs?before=2aa\">"))
        }
    }

    @Test(arguments: [
        ("/v1/runs/2222", 404), ("/v1/runs/1", 400), ("/v1/runs?before=2222", 404), ("/v1/runs?limit=0", 400),
        ("/v1/runs?limit=201", 400), ("/v1/runs?limit=x", 400), ("/v1/runs/1a?from=-1", 400), ("/v1/runs/1a/log", 400),
        ("/v1/runs/1a/log?step=other", 404), ("/v1/runs/1a/log?step=clean&attempt=2", 404), ("/v1/runs/1a/log?step=clean&tail=0", 400),
        ("/v1/runs/1a/log?step=clean", 404), ("/v1/runs/2222/log?step=clean", 404),
    ])
    func `what is not there, or cannot be, is refused in the way in which it was asked for`(target: String, status: Int) async throws {
        try await serve { served in
            _ = try await record("1a", served)
            _ = try await record("1b", served)
            let (json, page) = (try await served.get(target), try await served.get(target, Self.browser))
            #expect((json.status, page.status) == (status, status))
            #expect(json.headers["content-type"] == "application/json")
            #expect(page.headers["content-type"] == "text/html; charset=utf-8")
        }
    }

    @Test func `a log is plain text that no browser runs, and only its end where it is long`() async throws {
        try await serve { served in
            let attempt = try await record("1a", served)
            let folder = served.platform.home.logsPath(run: "1a")
            try Directory.create(folder)
            let text = "<script>alert('x')</script>\nthe end\n"
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(CommandRunner.logName(attempt.id, 1))"))
            let all = try await served.get("/v1/runs/1a/log?step=clean&attempt=1", Self.browser)
            #expect(all.status == 200)
            #expect(String(decoding: all.body.bytes, as: UTF8.self) == text)
            #expect(all.headers["content-type"] == "text/plain; charset=utf-8")
            #expect(all.headers["x-content-type-options"] == "nosniff")
            let end = try await served.get("/v1/runs/1a/log?step=clean&tail=8")
            #expect(String(decoding: end.body.bytes, as: UTF8.self) == "\n[28 bytes of this log were left out here]\nthe end\n")
        }
    }

    @Test(arguments: [(Role?.none, 401), (Role.none, 403), (.read, 200)])
    func `where there are users, only those who may read see runs`(role: Role?, status: Int) async throws {
        try await serve { served in
            _ = try await record("1a", served)
            try await served.access.addUser("boss", password: "the boss's own", isAdministrator: true, by: Self.boss)
            var headers = Self.browser
            if let role {
                try await served.access.addUser("ann", password: nil, role: role, by: Self.boss)
                headers["authorization"] = "Bearer " + (try await served.access.addToken(of: "ann", label: "", by: Self.boss)).secret
            }
            // Nothing was said, so that there is no log.
            for (target, found) in [("/v1/runs", 200), ("/v1/runs/1a", 200), ("/v1/runs/1a/log?step=clean", 404)] {
                let answer = try await served.get(target, headers)
                #expect(answer.status == (status == 200 ? found : status))
                #expect((answer.headers["www-authenticate"] != nil) == (status == 401))
            }
        }
    }

    @Test(arguments: [(Role.read, Role.none, 403), (.none, .read, 200)])
    func `what somebody may do with the project's experiment counts more than what they may do elsewhere`(
        own: Role, granted: Role, status: Int
    ) async throws {
        try await serve { served in
            let experiment = try await served.platform.tracking().store.createExperiment(name: "flights")
            try await served.access.addUser("boss", password: "the boss's own", isAdministrator: true, by: Self.boss)
            try await served.access.addUser("ann", password: nil, role: own, by: Self.boss)
            try await served.access.grant(granted, to: "ann", on: .experiment(experiment), by: Self.boss)
            let token = try await served.access.addToken(of: "ann", label: "", by: Self.boss)
            #expect(try await served.get("/v1/runs", ["authorization": "Bearer \(token.secret)"]).status == status)
        }
    }
}
