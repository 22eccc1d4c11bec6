import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct RayJobTests {
    private func job(_ resources: RayJob.Resources = RayJob.Resources(), command: [String] = ["true"]) throws -> RayJob {
        RayJob(id: try RayJobID("flights.clean-1"), command: command, resources: resources)
    }

    @Test func `a job is handed over with its command as a line of shell and what it is given`() throws {
        let job = RayJob(
            id: try RayJobID("flights.clean-1"), command: ["/bin/martlet", "step", "it's"], environment: ["A": "b c"],
            metadata: ["step": "clean"], resources: .init(cores: 0.5, accelerators: 1, memoryBytes: 1 << 30, others: ["disk_tokens": 2]))
        let request = try RayRequest.submit(job)
        #expect(request.method == "POST")
        #expect(request.path == "/api/jobs/")
        #expect(request.headers == ["content-type": "application/json"])
        #expect(
            request.body == [
                "submission_id": "flights.clean-1", "entrypoint": #"exec /bin/martlet step 'it'\''s'"#, "metadata": ["step": "clean"],
                "runtime_env": ["env_vars": ["A": "b c"]], "entrypoint_num_cpus": 0.5, "entrypoint_num_gpus": .number(1),
                "entrypoint_memory": 1_073_741_824, "entrypoint_resources": ["disk_tokens": .number(2)],
            ])
    }

    @Test func `what a job does not ask for is not sent`() throws {
        let names = try #require(try job().body().object).keys
        #expect(Set(names) == ["submission_id", "entrypoint", "metadata", "entrypoint_num_cpus"])
    }

    @Test(arguments: [
        (RayJob.Resources(cores: -1), "asks for -1.0 of 'cores'"), (.init(cores: .nan), "of 'cores': expected 0 or more"),
        (.init(memoryBytes: -5), "of 'memory'"), (.init(accelerators: 1.5), "Ray divides one"), (.init(others: ["x": .infinity]), "of 'x'"),
        (.init(others: ["CPU": 1]), "a name of Ray's own"), (.init(others: ["object_store_memory": 1]), "a name of Ray's own"),
    ])
    func `what Ray would refuse only when it starts the job is refused before`(resources: RayJob.Resources, words: String) throws {
        let error = try #require(throws: MartletError.self) { try job(resources).body() }
        #expect(error.code == .invalidInput)
        #expect(error.message.contains(words), "\(error)")
    }

    @Test(arguments: [RayJob.Resources(accelerators: 0.5), .init(accelerators: 1), .init(accelerators: 2), .init(cores: 0)])
    func `parts of one accelerator and whole ones are taken`(resources: RayJob.Resources) throws {
        #expect(throws: Never.self) { try job(resources).body() }
    }

    @Test func `a job needs a command`() throws {
        let error = try #require(throws: MartletError.self) { try job(command: []).body() }
        #expect(error.message == "job 'flights.clean-1' has no command: give a program and its arguments")
    }

    @Test(arguments: ["", "a/b", "a b", "é", ".hidden", "a?b", "a#b", "a%2f", String(repeating: "a", count: 201)])
    func `what is no name for a file or in a path is no name for a job`(text: String) throws {
        let error = try #require(throws: MartletError.self) { try RayJobID(text) }
        #expect(error.code == .invalidInput)
        #expect(error.message.contains("cannot name a job of Ray"))
    }

    @Test(arguments: ["a", "A-1_b.c", String(repeating: "a", count: 200)])
    func `names of letters, digits and three marks are taken`(text: String) throws {
        #expect(try RayJobID(text).text == text)
    }
}
