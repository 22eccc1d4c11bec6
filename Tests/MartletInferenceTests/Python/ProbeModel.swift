import Foundation
import MartletCore
import MartletInference
import MartletTesting

/// A model of Python whose text column says what becomes of the request; it needs no training and no pickle.
enum ProbeModel {
    private static let code = #"""
        import os, signal, subprocess, sys, time
        import numpy as np
        import pandas as pd


        class Probe:
            def predict(self, data, params=None):
                word = data["text"].iloc[0]
                if word == "raise":
                    raise ValueError("no such bird")
                if word == "exit":
                    print("good", "bye")
                    sys.exit(3)
                if word == "loop":
                    while True:
                        pass
                if word == "grow":
                    return np.ones(1 << 34)
                if word == "die":
                    os.kill(os.getpid(), signal.SIGSEGV)
                if word == "garbage":
                    for number in range(3, 20):
                        try:
                            os.write(number, b"what is this, it is no frame")
                        except OSError:
                            pass
                    time.sleep(60)
                if word == "fork":
                    child = subprocess.Popen(["sleep", "600"])
                    return [str(os.getpid()), str(child.pid)]
                if word == "shout":
                    sys.stdout.write("x" * 1_000_000)
                if word == "frame":
                    return pd.DataFrame({"text": data["text"].str.upper(), "twice": data["number"] * 2})
                if word == "half":
                    return data["number"].to_numpy(dtype=np.float16)
                if word == "records":
                    return [{"number": number} for number in data["number"]]
                return data["number"] * 2


        def _load_pyfunc(path):
            return Probe()
        """#

    /// The same, where the second process to load it cannot.
    static let fickle =
        code + #"""


            def _load_pyfunc(path):
                with open(path + "/loads", "a") as file:
                    file.write("x")
                if os.path.getsize(path + "/loads") == 2:
                    raise RuntimeError("not again")
                return Probe()
            """#

    /// The description of a model whose code lies in `code/probe.py`.
    private static func description(loader: String) -> String {
        #"""
        flavors:
          python_function:
            loader_module: \#(loader)
            code: code
        mlflow_version: 3.17.2
        signature:
          inputs: '[{"type": "string", "name": "text", "required": true}, {"type": "long", "name": "number", "required": true}]'
          outputs: null
        """#
    }

    /// Writes the model's folder. - Returns: its path.
    @discardableResult
    static func write(
        to folder: String, loader: String = "probe", code: String = code, texts: [String: String] = [:]
    ) throws -> String {
        try FileManager.default.createDirectory(atPath: "\(folder)/code", withIntermediateDirectories: true)
        let files = ["MLmodel": description(loader: loader), "code/probe.py": code].merging(texts) { $1 }
        for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)")) }
        return folder
    }

    /// A configuration with the environment of the clients' tests, whose limits are small.
    static func configuration() throws -> PythonConfiguration {
        var configuration = PythonConfiguration(environmentsFolder: "unused")
        configuration.environment = try PythonEnvironment.clients.path()
        configuration.startSeconds = 300  // however busy the machine is
        configuration.restartSeconds = 0.01...0.1
        return configuration
    }

    /// Loads the model, lends it to a body and lets it go.
    static func withModel<Answer>(
        loader: String = "probe", code: String = code, _ change: (inout PythonConfiguration) -> Void = { _ in },
        _ body: (PythonModel) throws -> Answer
    ) throws -> Answer {
        var configuration = try configuration()
        change(&configuration)
        return try withTemporaryFolder { folder in
            let file = try MLmodelFile(folder: write(to: folder, loader: loader, code: code))
            return try body(try PythonModel(file, name: "probe", configuration: configuration))
        }
    }

    /// The inputs of a request.
    static func rows(_ texts: [String], _ numbers: [Int64]) -> [Tensor] {
        [
            Tensor(name: "text", shape: [texts.count], elements: .bytes(texts.map { Array($0.utf8) })),
            Tensor(name: "number", shape: [numbers.count], elements: .int64(numbers)),
        ]
    }
}

extension PythonModel {
    /// What it answers to one row with a word.
    func answer(to word: String, _ number: Int64 = 21) throws -> [Tensor] { try predict(ProbeModel.rows([word], [number])) }

    /// How it refuses a word. - Throws: `engine` where it does not.
    func refusal(of word: String) throws -> MartletError {
        do {
            let answer = try answer(to: word)
            throw MartletError(.engine, "expected a refusal of '\(word)', found \(answer)")
        } catch let error as MartletError {
            return error
        }
    }

    /// Asks again until a process is there again. - Throws: what it throws otherwise, and after many attempts.
    func answerOnceRestarted(to word: String) throws -> [Tensor] {
        for _ in 0..<10_000 {
            do {
                return try answer(to: word)
            } catch let error as MartletError where error.code == .unavailable {
                usleep(1_000)
            }
        }
        return try answer(to: word)
    }
}
