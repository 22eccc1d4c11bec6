import Foundation
import MartletCore
public import MartletFeatures
public import MartletLearn
public import MartletPipeline
public import MartletRollout

/// A project: what `martlet.yaml` declares. The same project can be written in Swift.
public struct Project: Sendable, Equatable {
    /// The project's name.
    public var name: String
    /// The folder that relative paths start from.
    public var folder: String
    /// The seed of everything random.
    public var seed: UInt64
    /// The tables, by name.
    public var datasets: [String: DatasetSpecification]
    /// The feature views, by name.
    public var features: [String: FeatureView]
    /// The models, by name.
    public var models: [String: ModelSpecification]
    /// The endpoints, by name.
    public var endpoints: [String: EndpointSpecification]
    /// The steps that are commands, or are declared by themselves, by name.
    public var steps: [String: StepSpecification] = [:]
    /// How much there is of resources that steps name.
    public var capacity: [String: CapacitySpecification] = [:]
    /// Who pays for steps that say nothing else.
    public var owner: String?
    /// The largest file or folder that a step reads which is kept, so that a later run can say what changed in it; 0 for none.
    public var keepInputsBytesMax: Int64 = 1 << 30
    /// Where it was read from.
    public var origin = ProjectOrigin()
    /// When steps are run by themselves, by name.
    public var schedules: [String: ScheduleSpecification] = [:]
    /// What else they are run for, by name.
    public var triggers: [String: TriggerSpecification] = [:]
    /// What computing costs; `nil` where only usage is told.
    public var prices: PriceTable?
    /// What may be spent; each needs `prices`.
    public var budgets: [Budget] = []

    /// Makes a project.
    public init(
        name: String, folder: String, seed: UInt64 = 0, datasets: [String: DatasetSpecification] = [:],
        features: [String: FeatureView] = [:], models: [String: ModelSpecification] = [:],
        endpoints: [String: EndpointSpecification] = [:], steps: [String: StepSpecification] = [:]
    ) {
        self.name = name
        self.folder = folder
        self.seed = seed
        self.datasets = datasets
        self.features = features
        self.models = models
        self.endpoints = endpoints
        self.steps = steps
    }

    /// The project's folder as commands see it, wherever they are started.
    var absoluteFolder: String { URL(filePath: folder).standardizedFileURL.path }

    /// A path of the project file as an absolute path.
    func place(_ path: String) -> String {
        URL(filePath: path.hasPrefix("/") ? path : "\(absoluteFolder)/\(path)").standardizedFileURL.path
    }

    /// A path of the project file as an absolute or working-directory path.
    package func resolve(_ path: String) -> String { path.hasPrefix("/") ? path : "\(folder)/\(path)" }
}

/// The text that a project was read from; nothing where it is written in Swift.
///
/// Any two are equal: how a project is written makes no other project of it.
public struct ProjectOrigin: Sendable, Equatable {
    /// The project file, from the project's folder on.
    public var file: String?
    /// The texts of that file and of those that it includes, by their paths from the project's folder on.
    public var texts: [String: String] = [:]

    /// Makes that of a project in Swift.
    public init() {}

    /// Where a project was read from makes no difference to what it is.
    public static func == (left: Self, right: Self) -> Bool { true }
}

/// A named table and what it promises.
public struct DatasetSpecification: Sendable, Equatable {
    /// The file: Parquet, CSV, JSON lines (each also gzipped) or SQLite; relative to the project file. Of a table that a step makes, the
    /// name of the file there.
    public var source: String
    /// The step's output that it is read from, where it is none of the project's files.
    public var step: OutputReference?
    /// The table, where the file is an SQLite database.
    public var table: String?
    /// The contract's file.
    public var contract: String
    /// A `SELECT` over `source` that shapes the table before its contract applies.
    public var select: String?

    /// Makes a dataset.
    public init(source: String, step: OutputReference? = nil, table: String? = nil, contract: String, select: String? = nil) {
        self.source = source
        self.step = step
        self.table = table
        self.contract = contract
        self.select = select
    }
}

/// How a model is made and what it must pass.
public struct ModelSpecification: Sendable, Equatable {
    /// On which scale the target is fitted.
    public enum Link: String, Sendable, CaseIterable {
        /// As it is.
        case identity
        /// Its logarithm; predictions come back by Duan's smearing (1983).
        case log
    }

    /// The feature view.
    public var features: String
    /// The view's columns that the model reads; a trailing `*` stands for all that begin so.
    public var use: [String]
    /// Those whose values are names.
    public var categorical: [String]
    /// Those that must never raise the prediction.
    public var decreasing: [String]
    /// Those that must never lower it.
    public var increasing: [String]
    /// The column to predict.
    public var target: String
    /// On which scale it is fitted.
    public var link: Link
    /// The column whose values have smearing factors of their own, where the link is `log`.
    public var smearingBy: String?
    /// What is set aside.
    public var split: TimeSplit
    /// LightGBM's parameters.
    public var parameters: [String: String]
    /// The most trees.
    public var treesMax: Int
    /// After how many trees without an improvement fitting stops.
    public var patience: Int
    /// The rule to beat.
    public var baseline: LogLogRule
    /// Whose elasticity is printed.
    public var elasticity: ElasticitySpecification?
    /// What the model must pass.
    public var gate: GateSpecification
    /// What else of LightGBM's parameters is searched for; `nil` where nothing is.
    public var study: StudySpecification?

    /// Makes a model's specification.
    public init(
        features: String, use: [String], categorical: [String] = [], decreasing: [String] = [], increasing: [String] = [],
        target: String, link: Link = .identity, smearingBy: String? = nil, split: TimeSplit, parameters: [String: String] = [:],
        treesMax: Int = 1_000, patience: Int = 50, baseline: LogLogRule, elasticity: ElasticitySpecification? = nil,
        gate: GateSpecification
    ) {
        self.features = features
        self.use = use
        self.categorical = categorical
        self.decreasing = decreasing
        self.increasing = increasing
        self.target = target
        self.link = link
        self.smearingBy = smearingBy
        self.split = split
        self.parameters = parameters
        self.treesMax = treesMax
        self.patience = patience
        self.baseline = baseline
        self.elasticity = elasticity
        self.gate = gate
    }
}

/// Which elasticity is measured, and the figures it is printed beside.
public struct ElasticitySpecification: Sendable, Equatable {
    /// The price column.
    public var price: String
    /// The column whose values are reported one by one.
    public var by: String
    /// Figures from elsewhere, by value.
    public var reference: [String: Double]
    /// Where these figures are from, and what else to compare with.
    public var note: String?

    /// Makes a specification.
    public init(price: String, by: String, reference: [String: Double] = [:], note: String? = nil) {
        self.price = price
        self.by = by
        self.reference = reference
        self.note = note
    }
}

/// The test that a candidate must pass before it can be released.
public struct GateSpecification: Sendable, Equatable {
    /// By which share of the baseline's error the candidate must be better, at the interval's lower end.
    public var margin: Double
    /// The column whose values are resampled whole.
    public var cluster: String
    /// The column whose values must each hold.
    public var slices: String?
    /// By which share of the baseline's error a slice may be worse.
    public var sliceTolerance: Double

    /// Makes a gate.
    public init(margin: Double, cluster: String, slices: String? = nil, sliceTolerance: Double = 0) {
        self.margin = margin
        self.cluster = cluster
        self.slices = slices
        self.sliceTolerance = sliceTolerance
    }
}

/// A name that answers.
public struct EndpointSpecification: Sendable, Equatable {
    /// The model behind it.
    public var model: String
    /// How it chooses a price.
    public var decision: DecisionSpecification

    /// Makes an endpoint.
    public init(model: String, decision: DecisionSpecification) {
        self.model = model
        self.decision = decision
    }
}

/// How prices are chosen, and which columns tell the situation.
public struct DecisionSpecification: Sendable, Equatable {
    /// The row column that is chosen.
    public var price: String
    /// The policy.
    public var policy: PricePolicy
    /// The history feature that holds the lowest price seen.
    public var lowest: String
    /// The history feature that holds the highest price seen.
    public var highest: String
    /// The history feature that holds today's price.
    public var today: String
    /// The history feature that holds the cost of a unit.
    public var cost: String

    /// Makes a specification.
    public init(price: String, policy: PricePolicy, lowest: String, highest: String, today: String, cost: String) {
        self.price = price
        self.policy = policy
        self.lowest = lowest
        self.highest = highest
        self.today = today
        self.cost = cost
    }
}
