-- CreateEnum
CREATE TYPE "AiChatRoomMessageSender" AS ENUM ('USER', 'AI');

-- CreateTable
CREATE TABLE "User" (
    "id" TEXT NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AiChatRoom" (
    "id" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "title" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "AiChatRoom_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Knowledge" (
    "id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "content" TEXT NOT NULL,

    CONSTRAINT "Knowledge_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AiChatRoomMessage" (
    "id" TEXT NOT NULL,
    "aiChatRoomId" TEXT NOT NULL,
    "sender" "AiChatRoomMessageSender" NOT NULL,
    "message" TEXT NOT NULL,
    "htmlFormattedMessage" TEXT,
    "knowledgeId" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "AiChatRoomMessage_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AiChatRoomMessageKnowledge" (
    "id" TEXT NOT NULL,
    "aiChatRoomMessageId" TEXT NOT NULL,
    "knowledgeId" TEXT NOT NULL,

    CONSTRAINT "AiChatRoomMessageKnowledge_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "AiChatRoom_userId_createdAt_id_idx" ON "AiChatRoom"("userId", "createdAt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "AiChatRoomMessage_id_key" ON "AiChatRoomMessage"("id");

-- CreateIndex
CREATE INDEX "AiChatRoomMessage_aiChatRoomId_createdAt_id_idx" ON "AiChatRoomMessage"("aiChatRoomId", "createdAt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "AiChatRoomMessageKnowledge_id_key" ON "AiChatRoomMessageKnowledge"("id");

-- CreateIndex
CREATE INDEX "AiChatRoomMessageKnowledge_aiChatRoomMessageId_idx" ON "AiChatRoomMessageKnowledge"("aiChatRoomMessageId");

-- AddForeignKey
ALTER TABLE "AiChatRoom" ADD CONSTRAINT "AiChatRoom_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AiChatRoomMessage" ADD CONSTRAINT "AiChatRoomMessage_aiChatRoomId_fkey" FOREIGN KEY ("aiChatRoomId") REFERENCES "AiChatRoom"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AiChatRoomMessage" ADD CONSTRAINT "AiChatRoomMessage_knowledgeId_fkey" FOREIGN KEY ("knowledgeId") REFERENCES "Knowledge"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AiChatRoomMessageKnowledge" ADD CONSTRAINT "AiChatRoomMessageKnowledge_aiChatRoomMessageId_fkey" FOREIGN KEY ("aiChatRoomMessageId") REFERENCES "AiChatRoomMessage"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AiChatRoomMessageKnowledge" ADD CONSTRAINT "AiChatRoomMessageKnowledge_knowledgeId_fkey" FOREIGN KEY ("knowledgeId") REFERENCES "Knowledge"("id") ON DELETE CASCADE ON UPDATE CASCADE;

