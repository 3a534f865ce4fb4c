// The registry of rules: a new rule is a file beside this one and a line in each list.
import { alterSystemRule } from "./alterSystem.ts";
import { analyzeAfterBackfillRule } from "./analyzeAfterBackfill.ts";
import { attachScansPartitionRule } from "./attachScansPartition.ts";
import { autovacuumOffRule } from "./autovacuumOff.ts";
import { charColumnRule } from "./charColumn.ts";
import { checkNotValidRule } from "./checkNotValid.ts";
import { clusterRewritesRule } from "./clusterRewrites.ts";
import { collationChangeRebuildsRule } from "./collationChangeRebuilds.ts";
import { columnAlignmentRule } from "./columnAlignment.ts";
import { concurrentBuildCorruptsRule } from "./concurrentBuildCorrupts.ts";
import { concurrentIndexOnPartitionedRule } from "./concurrentIndexOnPartitioned.ts";
import { constrainedDomainColumnRule } from "./constrainedDomainColumn.ts";
import { copyFromServerRule } from "./copyFromServer.ts";
import { copyingInsertRule } from "./copyingInsert.ts";
import { createDomainWithConstraintRule } from "./createDomainWithConstraint.ts";
import { createEnumRule } from "./createEnum.ts";
import { createRuleRule } from "./createRule.ts";
import { ddlInCodeRule } from "./ddlInCode.ts";
import { ddlWithBackfillRule } from "./ddlWithBackfill.ts";
import { defaultPartitionScannedRule } from "./defaultPartitionScanned.ts";
import { deleteCascadeRule } from "./deleteCascade.ts";
import { deleteWithoutWhereRule } from "./deleteWithoutWhere.ts";
import { detachNotConcurrentRule } from "./detachNotConcurrent.ts";
import { disableTriggerRule } from "./disableTrigger.ts";
import { domainConstraintScansRule } from "./domainConstraintScans.ts";
import { dropCascadeRule } from "./dropCascade.ts";
import { dropIndexNotConcurrentRule } from "./dropIndexNotConcurrent.ts";
import { dropNotNullRule } from "./dropNotNull.ts";
import { dropOfReferencedTableRule } from "./dropOfReferencedTable.ts";
import { dropOfRequiredColumnRule } from "./dropOfRequiredColumn.ts";
import { droppedColumnInUseRule } from "./droppedColumnInUse.ts";
import { dropsConstraintRule } from "./dropsConstraint.ts";
import { dropsConstraintIndexRule } from "./dropsConstraintIndex.ts";
import { dropsDataRule } from "./dropsData.ts";
import { dropsExtensionRule } from "./dropsExtension.ts";
import { dropsObjectRule } from "./dropsObject.ts";
import { dropsPrimaryKeyRule } from "./dropsPrimaryKey.ts";
import { duplicateColumnRule } from "./duplicateColumn.ts";
import { enumValueOrderRule } from "./enumValueOrder.ts";
import { exclusionConstraintLocksRule } from "./exclusionConstraintLocks.ts";
import { extensionNeedsRightsRule } from "./extensionNeedsRights.ts";
import { foreignKeyDropLocksBothRule } from "./foreignKeyDropLocksBoth.ts";
import { foreignKeyNotValidRule } from "./foreignKeyNotValid.ts";
import { foreignKeyWithoutIndexRule } from "./foreignKeyWithoutIndex.ts";
import { grantWidensRule } from "./grantWidens.ts";
import { identifierTooLongRule } from "./identifierTooLong.ts";
import { ifNotExistsHidesDifferenceRule } from "./ifNotExistsHidesDifference.ts";
import { ifNotExistsOnIndexRule } from "./ifNotExistsOnIndex.ts";
import { badIgnoreRule, unusedIgnoreRule } from "./ignoreRules.ts";
import { indexNotConcurrentRule } from "./indexNotConcurrent.ts";
import { insertWithoutColumnsRule } from "./insertWithoutColumns.ts";
import { intPrimaryKeyRule } from "./intPrimaryKey.ts";
import { jsonColumnRule } from "./jsonColumn.ts";
import { lockTableRule } from "./lockTable.ts";
import { moneyColumnRule } from "./moneyColumn.ts";
import { notIdempotentRule } from "./notIdempotent.ts";
import { noWayBackRule } from "./noWayBack.ts";
import { opaqueStatementRule } from "./opaqueStatement.ts";
import { overridesTimeoutsRule } from "./overridesTimeouts.ts";
import { partitionKeyNotInUniqueRule } from "./partitionKeyNotInUnique.ts";
import { partitionOfLocksParentRule } from "./partitionOfLocksParent.ts";
import { passwordInFileRule } from "./passwordInFile.ts";
import { preferBigintRule } from "./preferBigint.ts";
import { preferIdentityRule } from "./preferIdentity.ts";
import { preferTextRule } from "./preferText.ts";
import { preferTimestamptzRule } from "./preferTimestamptz.ts";
import { primaryKeyBuildsIndexRule } from "./primaryKeyBuildsIndex.ts";
import { primaryKeyOnNullableRule } from "./primaryKeyOnNullable.ts";
import { PROBLEM_RULES } from "./problems.ts";
import { redundantIndexRule } from "./redundantIndex.ts";
import { refreshNotConcurrentRule } from "./refreshNotConcurrent.ts";
import { reindexNotConcurrentRule } from "./reindexNotConcurrent.ts";
import { replicaIdentityRule } from "./replicaIdentity.ts";
import { requireTableSchemaRule } from "./requireTableSchema.ts";
import { rowSecurityWithoutPolicyRule } from "./rowSecurityWithoutPolicy.ts";
import type { LintRule } from "./rule.ts";
import { securityDefinerSearchPathRule } from "./securityDefinerSearchPath.ts";
import { sequenceColumnRewritesRule } from "./sequenceColumnRewrites.ts";
import { sequenceLeftBehindRule } from "./sequenceLeftBehind.ts";
import { setAccessMethodRewritesRule } from "./setAccessMethodRewrites.ts";
import { setLoggedRewritesRule } from "./setLoggedRewrites.ts";
import { setNotNullScansRule } from "./setNotNullScans.ts";
import { setsSearchPathRule } from "./setsSearchPath.ts";
import { setTablespaceRewritesRule } from "./setTablespaceRewrites.ts";
import { severalAltersOfOneTableRule } from "./severalAltersOfOneTable.ts";
import { stageOverrideRule } from "./stageOverride.ts";
import { stageUntoldRule } from "./stageUntold.ts";
import { storedGeneratedRewritesRule } from "./storedGeneratedRewrites.ts";
import { strongLocksOnSeveralTablesRule } from "./strongLocksOnSeveralTables.ts";
import { superuserRoleRule } from "./superuserRole.ts";
import { tableWithoutPrimaryKeyRule } from "./tableWithoutPrimaryKey.ts";
import { triggerLocksTableRule } from "./triggerLocksTable.ts";
import { truncateCascadeRule } from "./truncateCascade.ts";
import { typeChangeLosesValuesRule } from "./typeChangeLosesValues.ts";
import { typeChangeRewritesRule } from "./typeChangeRewrites.ts";
import { unbatchedDeleteRule } from "./unbatchedDelete.ts";
import { unbatchedUpdateRule } from "./unbatchedUpdate.ts";
import { uniqueConstraintBuildsIndexRule } from "./uniqueConstraintBuildsIndex.ts";
import { unloggedTableRule } from "./unloggedTable.ts";
import { unnamedConstraintRule } from "./unnamedConstraint.ts";
import { vacuumFullRule } from "./vacuumFull.ts";
import { validatedInSameTransactionRule } from "./validatedInSameTransaction.ts";
import { viewSelectsStarRule } from "./viewSelectsStar.ts";
import { volatileCheckRule } from "./volatileCheck.ts";
import { volatileDefaultRewritesRule } from "./volatileDefaultRewrites.ts";
import { wideIndexRule } from "./wideIndex.ts";
import { workUnderExclusiveLockRule } from "./workUnderExclusiveLock.ts";
import { writesToCatalogueRule } from "./writesToCatalogue.ts";

/** All rules. The order is that of findings at one place. */
export const LINT_RULES: readonly LintRule[] = [
  ...PROBLEM_RULES,
  badIgnoreRule,
  unusedIgnoreRule,
  alterSystemRule,
  analyzeAfterBackfillRule,
  attachScansPartitionRule,
  autovacuumOffRule,
  charColumnRule,
  checkNotValidRule,
  clusterRewritesRule,
  collationChangeRebuildsRule,
  columnAlignmentRule,
  concurrentBuildCorruptsRule,
  concurrentIndexOnPartitionedRule,
  constrainedDomainColumnRule,
  copyFromServerRule,
  copyingInsertRule,
  createDomainWithConstraintRule,
  createEnumRule,
  createRuleRule,
  ddlInCodeRule,
  ddlWithBackfillRule,
  defaultPartitionScannedRule,
  deleteCascadeRule,
  deleteWithoutWhereRule,
  detachNotConcurrentRule,
  disableTriggerRule,
  domainConstraintScansRule,
  dropCascadeRule,
  dropIndexNotConcurrentRule,
  dropNotNullRule,
  dropOfReferencedTableRule,
  dropOfRequiredColumnRule,
  droppedColumnInUseRule,
  dropsConstraintRule,
  dropsConstraintIndexRule,
  dropsDataRule,
  dropsExtensionRule,
  dropsObjectRule,
  dropsPrimaryKeyRule,
  duplicateColumnRule,
  enumValueOrderRule,
  exclusionConstraintLocksRule,
  extensionNeedsRightsRule,
  foreignKeyDropLocksBothRule,
  foreignKeyNotValidRule,
  foreignKeyWithoutIndexRule,
  grantWidensRule,
  identifierTooLongRule,
  ifNotExistsHidesDifferenceRule,
  ifNotExistsOnIndexRule,
  indexNotConcurrentRule,
  insertWithoutColumnsRule,
  intPrimaryKeyRule,
  jsonColumnRule,
  lockTableRule,
  moneyColumnRule,
  noWayBackRule,
  notIdempotentRule,
  opaqueStatementRule,
  overridesTimeoutsRule,
  partitionKeyNotInUniqueRule,
  partitionOfLocksParentRule,
  passwordInFileRule,
  preferBigintRule,
  preferIdentityRule,
  preferTextRule,
  preferTimestamptzRule,
  primaryKeyBuildsIndexRule,
  primaryKeyOnNullableRule,
  redundantIndexRule,
  refreshNotConcurrentRule,
  reindexNotConcurrentRule,
  replicaIdentityRule,
  requireTableSchemaRule,
  rowSecurityWithoutPolicyRule,
  securityDefinerSearchPathRule,
  sequenceColumnRewritesRule,
  sequenceLeftBehindRule,
  setAccessMethodRewritesRule,
  setLoggedRewritesRule,
  setNotNullScansRule,
  setTablespaceRewritesRule,
  setsSearchPathRule,
  severalAltersOfOneTableRule,
  stageOverrideRule,
  stageUntoldRule,
  storedGeneratedRewritesRule,
  strongLocksOnSeveralTablesRule,
  superuserRoleRule,
  tableWithoutPrimaryKeyRule,
  triggerLocksTableRule,
  truncateCascadeRule,
  typeChangeLosesValuesRule,
  typeChangeRewritesRule,
  unbatchedDeleteRule,
  unbatchedUpdateRule,
  uniqueConstraintBuildsIndexRule,
  unloggedTableRule,
  unnamedConstraintRule,
  vacuumFullRule,
  validatedInSameTransactionRule,
  viewSelectsStarRule,
  volatileCheckRule,
  volatileDefaultRewritesRule,
  wideIndexRule,
  workUnderExclusiveLockRule,
  writesToCatalogueRule,
];
