// SPDX-License-Identifier: MIT
#pragma once

// The whole type system of a monitoring backend's API, so that validation and introspection meet
// what they meet in earnest.

namespace page {

inline constexpr const char* kSdl = R"(
  scalar Time scalar Any scalar NullableFloat scalar MetricScope
  scalar JobState scalar SchedulerState scalar MonitoringState
  enum Aggregate { USER PROJECT CLUSTER SUBCLUSTER }
  enum SortDirectionEnum { DESC ASC }
  enum SortByAggregate {
    TOTALWALLTIME TOTALJOBS TOTALUSERS TOTALNODES TOTALNODEHOURS TOTALCORES TOTALCOREHOURS TOTALACCS
    TOTALACCHOURS
  }
  type Job {
    id: ID! jobId: Int! user: String! project: String! cluster: String! subCluster: String!
    partition: String! startTime: Time! duration: Int! walltime: Int! numNodes: Int!
    numHWThreads: Int! numAcc: Int! energy: Float! SMT: Int! shared: String! arrayJobId: Int!
    monitoringStatus: Int! state: JobState! tags: [Tag!]! resources: [Resource!]!
    concurrentJobs: JobLinkResultList footprint: [FootprintValue]
    energyFootprint: [EnergyFootprintValue] metaData: Any userData: User
  }
  type JobLink { id: ID! jobId: Int! }
  type JobLinkResultList { listQuery: String items: [JobLink!]! count: Int }
  type JobResultList { items: [Job!]! offset: Int limit: Int count: Int hasNextPage: Boolean }
  type Resource {
    hostname: String! hwthreads: [Int!] accelerators: [String!] configuration: String
  }
  type FootprintValue { name: String! stat: String! value: Float! }
  type EnergyFootprintValue { hardware: String! metric: String! value: Float! }
  type Tag { id: ID! type: String! name: String! scope: String! }
  type User { username: String! name: String! email: String! }
  type Cluster { name: String! partitions: [String!]! subClusters: [SubCluster!]! }
  type SubCluster {
    name: String! nodes: String! numberOfNodes: Int! processorType: String! socketsPerNode: Int!
    coresPerSocket: Int! threadsPerCore: Int! flopRateScalar: MetricValue!
    flopRateSimd: MetricValue! memoryBandwidth: MetricValue! topology: Topology!
    metricConfig: [MetricConfig!]! footprint: [String!]!
  }
  type MetricValue { name: String unit: Unit! value: Float! }
  type Topology {
    node: [Int!] socket: [[Int!]!] memoryDomain: [[Int!]!] die: [[Int!]!] core: [[Int!]!]
    accelerators: [Accelerator!]
  }
  type Accelerator { id: String! type: String! model: String! }
  type MetricConfig {
    name: String! unit: Unit! scope: MetricScope! aggregation: String! timestep: Int!
    peak: Float! normal: Float caution: Float! alert: Float! lowerIsBetter: Boolean
    subClusters: [SubClusterConfig!]!
  }
  type SubClusterConfig {
    name: String! peak: Float normal: Float caution: Float alert: Float remove: Boolean
  }
  type Unit { base: String! prefix: String }
  type GlobalMetricListItem {
    name: String! unit: Unit! scope: MetricScope! footprint: String
    availability: [ClusterSupport!]!
  }
  type ClusterSupport { cluster: String! subClusters: [String!]! }
  type JobMetricWithName { name: String! scope: MetricScope! metric: JobMetric! }
  type JobMetric { unit: Unit timestep: Int! series: [Series!] statisticsSeries: StatsSeries }
  type Series { hostname: String! id: String statistics: MetricStatistics data: [NullableFloat!]! }
  type MetricStatistics { avg: Float! min: Float! max: Float! }
  type NamedStats { name: String! data: MetricStatistics! }
  type NamedStatsWithScope { name: String! scope: MetricScope! stats: [ScopedStats!]! }
  type ScopedStats { hostname: String! id: String data: MetricStatistics! }
  type JobStats {
    id: Int! jobId: String! startTime: Int! duration: Int! cluster: String! subCluster: String!
    numNodes: Int! numHWThreads: Int numAccelerators: Int stats: [NamedStats!]!
  }
  type MetricFootprints { metric: String! data: [NullableFloat!]! }
  type Node {
    id: ID! hostname: String! cluster: String! subCluster: String! jobsRunning: Int!
    cpusAllocated: Int memoryAllocated: Int gpusAllocated: Int schedulerState: SchedulerState!
    healthState: MonitoringState! metaData: Any healthData: Any
  }
  type NodeStateResultList { items: [Node!]! count: Int }
  type NodeStates { state: String! count: Int! }
  type NodeStatesTimed { state: String! counts: [Int!]! times: [Int!]! }
  type NodeMetrics {
    host: String! nodeState: String! metricHealth: String! subCluster: String!
    metrics: [JobMetricWithName!]!
  }
  type NodesResultList {
    items: [NodeMetrics!]! offset: Int limit: Int count: Int totalNodes: Int
    hasNextPage: Boolean
  }
  type ClusterMetrics { nodeCount: Int! metrics: [ClusterMetricWithName!]! }
  type ClusterMetricWithName { name: String! unit: Unit timestep: Int! data: [NullableFloat!]! }
  type Count { name: String! count: Int! }
  type HistoPoint { count: Int! value: Int! }
  type MetricHistoPoints { metric: String! unit: String! stat: String data: [MetricHistoPoint!] }
  type MetricHistoPoint { bin: Int count: Int! min: Int max: Int }
  type JobsStatistics {
    id: ID! name: String! totalUsers: Int! totalJobs: Int! runningJobs: Int! shortJobs: Int!
    totalWalltime: Int! totalNodes: Int! totalNodeHours: Int! totalCores: Int!
    totalCoreHours: Int! totalAccs: Int! totalAccHours: Int! histDuration: [HistoPoint!]!
    histNumNodes: [HistoPoint!]! histNumCores: [HistoPoint!]! histNumAccs: [HistoPoint!]!
    histMetrics: [MetricHistoPoints!]!
  }
  type StatsSeries {
    mean: [NullableFloat!]! median: [NullableFloat!]! min: [NullableFloat!]!
    max: [NullableFloat!]!
  }
  type TimeWeights {
    nodeHours: [NullableFloat!]! accHours: [NullableFloat!]! coreHours: [NullableFloat!]!
  }
  type Footprints { timeWeights: TimeWeights! metrics: [MetricFootprints!]! }
  input JobFilter {
    tags: [ID!] dbId: [ID!] jobId: StringInput arrayJobId: Int user: StringInput
    project: StringInput jobName: StringInput cluster: StringInput subCluster: StringInput
    partition: StringInput duration: IntRange energy: FloatRange numNodes: IntRange
    numAccelerators: IntRange numHWThreads: IntRange startTime: TimeRange state: [JobState!]
    metricStats: [MetricStatItem!] shared: String schedule: String node: StringInput
  }
  input IntRange { from: Int! to: Int! }
  input FloatRange { from: Float! to: Float! }
  input TimeRange { range: String from: Time to: Time }
  input MetricStatItem { metricName: String! range: FloatRange! }
  input OrderByInput { field: String! type: String! order: SortDirectionEnum! = ASC }
  input PageRequest { itemsPerPage: Int! page: Int! }
  input NodeFilter {
    hostname: StringInput cluster: StringInput subCluster: StringInput
    schedulerState: SchedulerState healthState: MonitoringState timeStart: Int
  }
  input StringInput {
    eq: String neq: String contains: String startsWith: String endsWith: String in: [String!]
  }
  type Query {
    clusters: [Cluster!]!
    tags: [Tag!]!
    globalMetrics: [GlobalMetricListItem!]!
    user(username: String!): User
    allocatedNodes(cluster: String!): [Count!]!
    node(id: ID!): Node
    nodes(filter: [NodeFilter!], order: OrderByInput): NodeStateResultList!
    nodesWithMeta(filter: [NodeFilter!], order: OrderByInput): NodeStateResultList!
    nodeStates(filter: [NodeFilter!]): [NodeStates!]!
    nodeStatesTimed(filter: [NodeFilter!], type: String!): [NodeStatesTimed!]!
    job(id: ID!): Job
    jobMetrics(id: ID!, metrics: [String!], scopes: [MetricScope!],
      resolution: Int): [JobMetricWithName!]!
    jobStats(id: ID!, metrics: [String!]): [NamedStats!]!
    scopedJobStats(id: ID!, metrics: [String!], scopes: [MetricScope!]): [NamedStatsWithScope!]!
    jobs(filter: [JobFilter!], page: PageRequest, order: OrderByInput): JobResultList!
    jobsStatistics(filter: [JobFilter!], metrics: [String!], page: PageRequest,
      sortBy: SortByAggregate, groupBy: Aggregate, numDurationBins: String,
      numMetricBins: Int): [JobsStatistics!]!
    jobsMetricStats(filter: [JobFilter!], metrics: [String!]): [JobStats!]!
    jobsFootprints(filter: [JobFilter!], metrics: [String!]!): Footprints
    rooflineHeatmap(filter: [JobFilter!]!, rows: Int!, cols: Int!, minX: Float!, minY: Float!,
      maxX: Float!, maxY: Float!): [[Float!]!]!
    nodeMetrics(cluster: String!, nodes: [String!], scopes: [MetricScope!], metrics: [String!],
      from: Time!, to: Time!): [NodeMetrics!]!
    nodeMetricsList(cluster: String!, subCluster: String!, stateFilter: String!,
      nodeFilter: String!, scopes: [MetricScope!], metrics: [String!], from: Time!, to: Time!,
      page: PageRequest, resolution: Int): NodesResultList!
    clusterMetrics(cluster: String!, metrics: [String!], from: Time!, to: Time!): ClusterMetrics!
  }
  type Mutation {
    createTag(type: String!, name: String!, scope: String!): Tag!
    deleteTag(id: ID!): ID!
    addTagsToJob(job: ID!, tagIds: [ID!]!): [Tag!]!
    removeTagsFromJob(job: ID!, tagIds: [ID!]!): [Tag!]!
    removeTagFromList(tagIds: [ID!]!): [Int!]!
    updateConfiguration(name: String!, value: String!): String
  }
)";

}  // namespace page
