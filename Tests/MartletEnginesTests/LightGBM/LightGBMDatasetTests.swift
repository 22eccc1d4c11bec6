import MartletCore
import MartletEngines
import Testing

@Suite struct LightGBMDatasetTests {
    private let parameters = ["num_threads": "1"]
    private let features = Matrix(names: ["a", "b"], elements: [1, 2, 3, 4])

    private func message(_ body: () throws -> LightGBMDataset) throws -> String {
        let error = try #require(throws: MartletError.self) { try body() }
        #expect(error.code == .invalidInput)
        return error.message
    }

    @Test(arguments: ["unit price", "a,b", "a:b", "[a]", "{a}", "a\"b", "", "a\tb"])
    func `a name that LightGBM cannot hold is refused`(name: String) throws {
        let message = try message {
            try LightGBMDataset(features: Matrix(names: [name], elements: [1]), target: [1], parameters: parameters)
        }
        #expect(message.contains("rename it"))
    }

    @Test func `two features of one name are refused`() throws {
        let features = Matrix(names: ["a", "a"], elements: [1, 2])
        #expect(
            try message { try LightGBMDataset(features: features, target: [1], parameters: parameters) }
                == "feature 'a' appears twice; rename one"
        )
    }

    @Test func `names beyond ASCII are kept`() throws {
        let example = LightGBMExample(rows: 50, seed: 1)
        let named = Matrix(names: ["größe", "価格", "c", "d"], elements: example.features.elements)
        let data = try LightGBMDataset(features: named, target: example.target, parameters: parameters)
        #expect(try LightGBMBooster(training: data, parameters: parameters).featureNames == named.names)
    }

    @Test func `a target of another length is refused`() throws {
        let message = try message { try LightGBMDataset(features: features, target: [1], parameters: parameters) }
        #expect(message == "LightGBM data: expected 2 values of target, found 1")
    }

    @Test(arguments: [Double.nan, .infinity, 1e300])
    func `a target that single precision does not hold is refused`(value: Double) throws {
        let message = try message {
            try LightGBMDataset(features: features, target: [1, value], parameters: parameters)
        }
        #expect(message.contains("expected finite values of target") && message.contains("row 2"))
    }

    @Test func `a negative weight is refused`() throws {
        let message = try message {
            try LightGBMDataset(features: features, target: [1, 2], weights: [1, -1], parameters: parameters)
        }
        #expect(message.contains("none negative"))
    }

    @Test func `initial scores that do not fill the rows are refused`() throws {
        let message = try message {
            try LightGBMDataset(features: features, target: [1, 2], initialScores: [1, 2, 3], parameters: parameters)
        }
        #expect(message.contains("expected 2 finite initial scores for each class, found 3 scores"))
    }

    @Test func `a categorical position beyond the columns is refused`() throws {
        let message = try message {
            try LightGBMDataset(features: features, target: [1, 2], categorical: [2], parameters: parameters)
        }
        #expect(message.contains("expected categorical positions in 0..<2, found 2"))
    }

    @Test func `data without rows is refused`() throws {
        let message = try message {
            try LightGBMDataset(features: Matrix(names: ["a"], elements: []), target: [], parameters: parameters)
        }
        #expect(message.contains("found 0 rows"))
    }

    @Test func `validation data with other columns than its reference is refused`() throws {
        let example = LightGBMExample(rows: 50, seed: 1)
        let data = try example.dataset()
        let message = try message {
            try LightGBMDataset(features: features, target: [1, 2], parameters: parameters, reference: data)
        }
        #expect(message.contains("expected the columns of the reference, a, b, c, kind, found a, b"))
    }

    @Test func `an unknown parameter is refused with the nearest one`() throws {
        let message = try message {
            try LightGBMDataset(features: features, target: [1, 2], parameters: ["learnng_rate": "0.1"])
        }
        #expect(message == "LightGBM has no parameter 'learnng_rate'; did you mean 'learning_rate'?")
    }

    @Test func `two aliases of one parameter are refused`() throws {
        let message = try message {
            try LightGBMDataset(features: features, target: [1, 2], parameters: ["eta": "0.1", "learning_rate": "0.2"])
        }
        #expect(message.contains("'learning_rate' is given twice"))
    }

    @Test(arguments: ["", "1 2", "a=b", "1\n"])
    func `a value that the parameters' text cannot hold is refused`(value: String) throws {
        let message = try message {
            try LightGBMDataset(features: features, target: [1, 2], parameters: ["max_bin": value])
        }
        #expect(message.contains("LightGBM parameter 'max_bin'"))
    }

    @Test func `a number of threads that is no number is refused`() throws {
        let message = try message {
            try LightGBMDataset(features: features, target: [1, 2], parameters: ["n_jobs": "many"])
        }
        #expect(message == "LightGBM parameter 'num_threads': expected a whole number, found 'many'")
    }

    @Test func `what LightGBM itself refuses carries its message`() throws {
        let error = try #require(throws: MartletError.self) {
            try LightGBMDataset(features: features, target: [1, 2], parameters: ["max_bin": "1"])
        }
        #expect(error.code == .engine && error.message.contains("max_bin"))
    }
}
