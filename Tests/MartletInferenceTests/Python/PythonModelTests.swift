import Foundation
import MartletCore
import MartletInference
import MartletTesting
import Testing

@Suite(.serialized) struct PythonModelTests {
    private static let doubled = [Tensor(name: "output", shape: [1], elements: .int64([42]))]

    // MARK: Answers

    @Test func `columns of texts and numbers become a data frame, and what the model answers becomes tensors`() throws {
        try ProbeModel.withModel { model in
            #expect(model.signature.platform == "mlflow_python")
            #expect(
                model.signature.inputs == [
                    .init(name: "text", datatype: .bytes, shape: [-1]), .init(name: "number", datatype: .int64, shape: [-1]),
                ])
            let series = try model.predict(ProbeModel.rows(["", "Größe 😀"], [1, -7]))
            #expect(series == [Tensor(name: "output", shape: [2], elements: .int64([2, -14]))])
            let frame = try model.answer(to: "frame")
            #expect(
                frame == [
                    Tensor(name: "text", shape: [1], elements: .bytes([Array("FRAME".utf8)])),
                    Tensor(name: "twice", shape: [1], elements: .int64([42])),
                ])
            let half = try model.answer(to: "half", 1)
            #expect(half == [Tensor(name: "output", shape: [1], elements: .float16([0x3C00]))])
            let records = try model.answer(to: "records")
            #expect(records == [Tensor(name: "output", shape: [1], elements: .bytes([Array(#"{"number": 21}"#.utf8)]))])
            let loud = try model.answer(to: "shout")
            #expect(loud == Self.doubled, "what it prints is no part of the protocol")
        }
    }

    @Test func `columns of different length are refused before the model sees them`() throws {
        try ProbeModel.withModel { model in
            let error = try #require(throws: MartletError.self) { try model.predict(ProbeModel.rows(["a"], [1, 2])) }
            #expect(error.code == .invalidInput && error.message.contains("as many rows in each column, found [1, 2]"))
        }
    }

    @Test func `several processes answer several calls at a time`() async throws {
        try await withTemporaryFolder { folder in
            var configuration = try ProbeModel.configuration()
            configuration.processCount = 2
            let model = try PythonModel(MLmodelFile(folder: ProbeModel.write(to: folder)), name: "probe", configuration: configuration)
            let answers = try await withThrowingTaskGroup(of: (Int64, [Tensor]).self) { group in
                for number in Int64(0)..<20 { group.addTask { (number, try model.answer(to: "", number)) } }
                return try await group.reduce(into: [Int64: [Tensor]]()) { $0[$1.0] = $1.1 }
            }
            for number in Int64(0)..<20 {
                #expect(answers[number] == [Tensor(name: "output", shape: [1], elements: .int64([2 * number]))])
            }
        }
    }

    // MARK: Failures

    @Test func `an error that the model raises is told to its caller, and the process goes on`() throws {
        try ProbeModel.withModel { model in
            let error = try model.refusal(of: "raise")
            #expect(error.code == .invalidInput && error.message == "model 'probe' refused the request: ValueError: no such bird")
            let answer = try model.answer(to: "")
            #expect(answer == Self.doubled)
        }
    }

    @Test(arguments: [("exit", "ended with status 3"), ("die", "was killed by signal 11")])
    func `a process that ends is told of and started again`(word: String, ending: String) throws {
        try ProbeModel.withModel { model in
            let error = try model.refusal(of: word)
            #expect(error.code == .unavailable && error.message.contains("its process \(ending) while it worked"), "\(error)")
            #expect(word != "exit" || error.description.contains("good bye"), "\(error)")
            let answer = try model.answerOnceRestarted(to: "")
            #expect(answer == Self.doubled)
        }
    }

    @Test func `a process that answers no frame is killed and started again`() throws {
        try ProbeModel.withModel { model in
            let error = try model.refusal(of: "garbage")
            #expect(
                error.code == .engine && error.message.contains("expected a frame of the worker's protocol, found no frame"), "\(error)")
            let answer = try model.answerOnceRestarted(to: "")
            #expect(answer == Self.doubled)
        }
    }

    @Test func `a request without end is ended by its time`() throws {
        try ProbeModel.withModel {
            $0.requestSeconds = 1
        } _: { model in
            let error = try model.refusal(of: "loop")
            #expect(error.code == .expired && error.message.contains("no answer within 1.0 s; its process was killed"), "\(error)")
        }
    }

    @Test func `memory has a limit`() throws {
        try ProbeModel.withModel {
            $0.memoryMaxBytes = 2 << 30
        } _: { model in
            let error = try model.refusal(of: "grow")
            #expect(error.code == .limitExceeded && error.message.contains("needed more memory than its process may have"), "\(error)")
            let answer = try model.answerOnceRestarted(to: "")
            #expect(answer == Self.doubled)
        }
    }

    @Test func `inputs and answers have a limit`() throws {
        try ProbeModel.withModel {
            $0.frameMaxBytes = 1_000
        } _: { model in
            let error = try #require(throws: MartletError.self) { try model.answer(to: String(repeating: "x", count: 1_000)) }
            #expect(error.code == .limitExceeded && error.message.contains("at most 1000 bytes of inputs, found 1012"), "\(error)")
            let numbers = [Int64](repeating: 1, count: 80)
            let texts = ["records"] + [String](repeating: "", count: 79)
            let large = try #require(throws: MartletError.self) { try model.predict(ProbeModel.rows(texts, numbers)) }
            #expect(large.message.contains("the prediction has"), "\(large)")
        }
    }

    @Test func `while no process can be started, calls are refused with the reason and when to come again`() throws {
        try ProbeModel.withModel(code: ProbeModel.fickle) {
            $0.restartSeconds = 0.05...0.1
        } _: { model in
            _ = try model.refusal(of: "exit")
            var (refusals, answer): ([MartletError], [Tensor]?) = ([], nil)
            while answer == nil, refusals.count < 10_000 {
                do {
                    answer = try model.answer(to: "")
                } catch let error as MartletError {
                    refusals.append(error)
                    usleep(1_000)
                }
            }
            #expect(answer == Self.doubled, "the third process loads it")
            #expect(refusals.allSatisfy { $0.code == .unavailable && $0.retryAfterSeconds ?? 0 > 0 })
            #expect(refusals.contains { $0.message.contains("cannot be loaded") && $0.message.contains("RuntimeError: not again") })
        }
    }

    // MARK: Loading

    @Test func `a model that cannot be loaded says why`() throws {
        let error = try #require(throws: MartletError.self) { try ProbeModel.withModel(loader: "absent") { _ in } }
        #expect(error.code == .unavailable && error.message.contains("No module named 'absent'"), "\(error)")
        let ended = try #require(throws: MartletError.self) { try ProbeModel.withModel(code: "import os\nos._exit(7)") { _ in } }
        #expect(ended.message.contains("its process ended with status 7"), "\(ended)")
        let late = try #require(throws: MartletError.self) {
            try ProbeModel.withModel(code: "import time\ntime.sleep(600)") {
                $0.startSeconds = 0.2
            } _: { _ in
            }
        }
        #expect(late.code == .expired && late.message.contains("was not loaded within 0.2 s"), "\(late)")
    }

    @Test func `an environment that is not there is named`() throws {
        let error = try #require(throws: MartletError.self) {
            try ProbeModel.withModel {
                $0.environment = "no/such"
            } _: { _ in
            }
        }
        #expect(error.code == .notFound && error.message.contains("python_environment 'no/such' has no bin/python"))
    }

    // MARK: Ends

    @Test func `the processes end with the model, and so do their children`() async throws {
        let numbers = try ProbeModel.withModel { model in try model.answer(to: "fork") }
        guard case .bytes(let texts)? = numbers.first?.elements else { throw MartletError(.engine, "found \(numbers)") }
        for text in texts {
            let pid = try #require(Int32(String(decoding: text, as: UTF8.self)))
            try await waitUntil("process \(pid) ends") { !Self.runs(pid) }
        }
    }

    /// Whether a process runs; one that has ended and that nobody has waited for yet does not.
    private static func runs(_ pid: Int32) -> Bool {
        guard let text = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return false }
        return !String(decoding: text, as: UTF8.self).contains(") Z ")
    }
}
